package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// cluster is a running server with a folder of its own.
type cluster struct {
	folder string
	alive  io.Closer // its keeper reads the other end, and stops the server when there is nobody left who could write
}

// keeper makes a cluster in the folder $1 by the programs in $2, says that it runs, waits until its input ends, and removes everything. A shell does it because
// a test cannot be relied on to do anything at its end.
const keeper = `
cd "$1" || exit
"$2/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >>log 2>&1 &&
"$2/pg_ctl" --pgdata=data --log=log --wait --options="-k '$1' -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200" start >>log 2>&1 &&
echo started
read -r _
[ -d data ] && "$2/pg_ctl" --pgdata=data --mode=immediate stop >>log 2>&1
cd / && rm -rf "$1"
`

func startCluster() (*cluster, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "spinoff-postgres-")
	if err == nil && who != nil {
		err = os.Chown(folder, int(who.Uid), int(who.Gid))
	}
	if err != nil {
		return nil, err
	}
	keep := exec.Command("/bin/sh", "-c", keeper, "sh", folder, programs)  //nolint:noctx,gosec // it ends with this program; its arguments are our own
	keep.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: who} // Ctrl-C does not reach it: it has to clean up
	keep.Dir = "/"
	alive, err := keep.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := keep.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := keep.Start(); err != nil {
		return nil, err
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line == "" {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		return nil, fmt.Errorf("by %s: %s", programs, log)
	}
	return &cluster{folder, alive}, nil
}

// url returns the address of the server's first database.
func (c *cluster) url() string {
	return "postgres://postgres@/postgres?host=" + url.QueryEscape(c.folder)
}

// errMissing says that PostgreSQL is not installed.
var errMissing = errors.New("PostgreSQL is not installed: there is no initdb in PATH, nor in /usr/lib/postgresql")

func missing(err error) bool { return errors.Is(err, errMissing) }

// find returns the folder of PostgreSQL's programs: the one in PATH, or the newest where Debian puts them.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	newest, folder := 0, ""
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, f := range folders {
		if version, _ := strconv.Atoi(filepath.Base(filepath.Dir(f))); version > newest {
			newest, folder = version, f
		}
	}
	if folder == "" {
		return "", errMissing
	}
	return folder, nil
}

// unprivileged returns who is to run the server where root may not: the user whom the package made for it, or nobody. It is nil for everybody but root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}
