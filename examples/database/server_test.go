package database

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL that runs for one test.
type server struct {
	dir  string // has its Unix socket
	port int
}

// program is the path of a program of PostgreSQL; empty: there is none.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // it looks for its files from there
			return path
		}
	}
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // where Debian has it
	if len(paths) == 0 {
		return ""
	}
	return paths[len(paths)-1]
}

// asUser has cmd run as a user who is not root: PostgreSQL refuses to be that. dir is then that user's.
func asUser(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	cmd.Dir = dir
	if os.Getuid() != 0 {
		return
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("we are root, and there is nobody else: ", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	err = filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startServer makes a database and starts a server for it, on the loopback network and on a Unix socket.
func startServer(t *testing.T) *server {
	t.Helper()
	initdb, postgres := program("initdb"), program("postgres")
	if initdb == "" || postgres == "" {
		t.Skip("PostgreSQL is not here")
	}
	dir, err := os.MkdirTemp("", "pg") // the path of a Unix socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	certificate(t, dir)
	cmd := exec.Command(initdb, "-D", filepath.Join(dir, "data"), "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync", "--no-instructions")
	asUser(t, cmd, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	for range 5 { // somebody else may take the port
		if s := tryServer(t, postgres, dir); s != nil {
			return s
		}
	}
	t.Fatal("the server does not start")
	return nil
}

// tryServer starts a server on a port that is free now. It gives nil if the server ends at once.
func tryServer(t *testing.T, postgres, dir string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{dir: dir, port: l.Addr().(*net.TCPAddr).Port}
	_ = l.Close()
	cmd := exec.Command(postgres, "-D", filepath.Join(dir, "data"), "-k", dir, "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(dir, "cert.pem"), "-c", "ssl_key_file="+filepath.Join(dir, "key.pem"))
	asUser(t, cmd, dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	for {
		c, err := pgx.Connect(context.Background(), s.url(dir, "disable"))
		if err == nil {
			_ = c.Close(context.Background())
			break
		}
		select {
		case <-ended:
			t.Logf("the server has ended:\n%s", said.String())
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it throws its clients out, and ends
		<-ended
		if t.Failed() {
			t.Logf("the server has said:\n%s", said.String())
		}
	})
	return s
}

// url is where the server is: host is an address, or the directory of its socket.
func (s *server) url(host, ssl string) string {
	return fmt.Sprintf("host=%s port=%d user=tester dbname=postgres sslmode=%s", host, s.port, ssl)
}

// certificate puts one into dir, which nobody has signed.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
