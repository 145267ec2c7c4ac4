package run

import (
	"context"
	"net"
	"os"
	"strings"
)

// variableNotify names the socket on which systemd is told how a service of Type=notify is; see sd_notify(3).
const variableNotify = "NOTIFY_SOCKET"

// notify tells systemd that this process is ready, stopping and so on. Where nobody wants to know it does nothing.
func notify(ctx context.Context, state string) error {
	address := os.Getenv(variableNotify)
	if address == "" {
		return nil
	}
	if name, abstract := strings.CutPrefix(address, "@"); abstract {
		address = "\x00" + name
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", address)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // a datagram is sent when Write returns
	_, err = conn.Write([]byte(state))
	return err
}
