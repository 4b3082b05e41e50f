//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// serve echoes with rtnet for ever.
func serve() error {
	l, err := rtnet.ListenConfig{ReusePort: true}.Listen("tcp", "0.0.0.0:"+*share)
	if err != nil {
		return err
	}
	config := (*tls.Config)(nil)
	if *secure {
		if config, err = certificate(); err != nil {
			return err
		}
	}
	if *profile != "" {
		go profiles(*profile)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	go func() {
		for range told {
			debug.FreeOSMemory()
		}
	}()
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	_, err = rt.BlockOn(rt.Spawn(acceptAllAsync(l, config)))
	return err
}

// profiles writes a profile again and again, as the program is killed.
func profiles(name string) {
	for {
		f, err := os.Create(name + ".new")
		if err != nil {
			panic(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			panic(err)
		}
		time.Sleep(time.Second)
		pprof.StopCPUProfile()
		_ = f.Close()
		_ = os.Rename(name+".new", name)
	}
}

// acceptAll has a task for each connection.
//
//async:func
func acceptAll(l *rtnet.Listener, config *tls.Config) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		if config != nil {
			go echoTLS(rtnet.TLSServer(c, config))
		} else {
			go echo(c)
		}
	}
}

//async:func
func echo(c *rtnet.Conn) {
	defer c.Close()
	_, _ = rtnet.Copy(c, c)
}

//async:func
func echoTLS(c *rtnet.TLSConn) {
	defer c.Close()
	_, _ = rtnet.Copy(c, c)
}

// certificate makes one that nobody has signed.
func certificate() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}
