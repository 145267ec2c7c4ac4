//go:build linux

// Package lan is hosts and the network between them, for tests: each host is a network namespace, and the links between them have the latency, the loss and the
// cuts that a test gives them. Packets travel through this process by TUN devices, so that nothing of the kernel is needed but namespaces; the user has to
// be root. Nothing leaves the machine.
package lan

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Link is what happens to packets on their way from one host to another, in one direction. The zero Link is a good one.
type Link struct {
	Latency time.Duration // of each packet
	Loss    float64       // the share of packets that are lost, 0 to 1
	Cut     bool          // nothing arrives, and nobody is told
}

// Network is hosts that reach each other. It ends with its test.
type Network struct {
	t  testing.TB
	mu sync.Mutex // held to look at what follows

	hosts map[netip.Addr]*Host
	links map[[2]netip.Addr]*way
}

// Host is a machine of a network: it has an address, and a loopback of its own.
type Host struct {
	Addr netip.Addr

	network   *Network
	namespace string
	tun       *os.File
}

// way is a link with the packets that are on it.
type way struct {
	link    atomic.Pointer[Link]
	packets chan packet // in the order in which they were sent
}

type packet struct {
	data    []byte
	arrives time.Time
	to      *Host
}

// networks numbers the networks of this process, for the names of namespaces.
var networks atomic.Int64

// New returns a network with the named hosts, which reach each other. It skips the test where namespaces cannot be made.
func New(t testing.TB, names ...string) (*Network, map[string]*Host) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a network of namespaces is made by root only")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("a network of namespaces needs the program ip of iproute2")
	}
	n := &Network{t: t, hosts: map[netip.Addr]*Host{}, links: map[[2]netip.Addr]*way{}}
	hosts := map[string]*Host{}
	number := networks.Add(1)
	for i, name := range names {
		h := &Host{Addr: netip.AddrFrom4([4]byte{10, 77, byte(number), byte(i + 1)}), network: n, namespace: fmt.Sprintf("spinoff-%d-%d-%s", os.Getpid(), number, name)}
		if err := h.make(t); err != nil {
			t.Skipf("a network of namespaces cannot be made here: %v", err)
		}
		hosts[name], n.hosts[h.Addr] = h, h
	}
	for _, h := range hosts {
		go h.send()
	}
	return n, hosts
}

// make makes the namespace with its device, and removes it when the test ends.
func (h *Host) make(t testing.TB) error {
	if err := ip("netns", "add", h.namespace); err != nil {
		return err
	}
	t.Cleanup(func() {
		if h.tun != nil {
			h.tun.Close() //nolint:errcheck // it ends with the namespace
		}
		if err := ip("netns", "delete", h.namespace); err != nil {
			t.Error(err)
		}
	})
	if err := h.within(func() (err error) { h.tun, err = openTUN("lan0"); return err }); err != nil {
		return err
	}
	return errors.Join(
		h.ip("link", "set", "lo", "up"),
		h.ip("addr", "add", h.Addr.String()+"/24", "dev", "lan0"),
		h.ip("link", "set", "lan0", "up"))
}

// openTUN makes a network device whose packets this process carries.
func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/net/tun", Err: err}
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make device %s: %w", name, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "/dev/net/tun"), nil
}

// within runs do on a thread that is in the host.
func (h *Host) within(do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread, which is in the namespace, ends with the goroutine
		namespace, err := os.Open("/run/netns/" + h.namespace)
		if err == nil {
			err = errors.Join(unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET), namespace.Close())
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

// Command returns a command that runs in the host.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", h.namespace, name}, args...)...) //nolint:gosec // the test says which
}

// Dial connects from the host. The address is numeric.
func (h *Host) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = h.within(func() error { conn, err = new(net.Dialer).DialContext(ctx, network, address); return err })
	return conn, err
}

// Listen listens in the host, at its address and the port.
func (h *Host) Listen(port int) (l net.Listener, err error) {
	address := netip.AddrPortFrom(h.Addr, uint16(port)).String()
	err = h.within(func() error { l, err = new(net.ListenConfig).Listen(context.Background(), "tcp", address); return err })
	return l, err
}

// Client returns an HTTP client in the host.
func (h *Host) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: h.Dial}}
}

// Set gives the packets from one host to another a link.
func (n *Network) Set(from, to *Host, link Link) { n.way(from.Addr, to.Addr).link.Store(&link) }

// SetBoth is Set in both directions.
func (n *Network) SetBoth(a, b *Host, link Link) {
	n.Set(a, b, link)
	n.Set(b, a, link)
}

// way returns the link from one address to another.
func (n *Network) way(from, to netip.Addr) *way {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.links[[2]netip.Addr{from, to}]
	if w == nil {
		w = &way{packets: make(chan packet, 4096)}
		w.link.Store(&Link{})
		n.links[[2]netip.Addr{from, to}] = w
		go w.carry(n.t.Context())
	}
	return w
}

// send carries the packets that the host sends, until its device is closed.
func (h *Host) send() {
	buffer := make([]byte, 1<<16)
	for {
		size, err := h.tun.Read(buffer)
		if err != nil {
			return
		}
		if size < 20 || buffer[0]>>4 != 4 { // only IPv4 has addresses here
			continue
		}
		to, _ := netip.AddrFromSlice(buffer[16:20])
		target := h.network.hosts[to]
		if target == nil {
			continue
		}
		w := h.network.way(h.Addr, to)
		link := w.link.Load()
		if link.Cut || link.Loss > 0 && rand.Float64() < link.Loss { //nolint:gosec // chance is enough
			continue
		}
		select {
		case w.packets <- packet{append([]byte(nil), buffer[:size]...), time.Now().Add(link.Latency), target}:
		default: // the queue is full, as those of routers are
		}
	}
}

// carry delivers packets when they arrive.
func (w *way) carry(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-w.packets:
			time.Sleep(time.Until(p.arrives))
			if !w.link.Load().Cut {
				p.to.tun.Write(p.data) //nolint:errcheck // a device that is closed takes nothing
			}
		}
	}
}

func (h *Host) ip(args ...string) error { return ip(append([]string{"-n", h.namespace}, args...)...) }

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil { //nolint:gosec,noctx // it ends at once
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
