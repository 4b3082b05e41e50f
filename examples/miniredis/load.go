package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// openLog opens the log, and runs the commands that are in it. What a crash has left half written at its end, a command
// or a transaction, is cut off.
func (s *server) openLog(path string, p policy) (cut int64, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, err
	}
	whole, size, err := s.load(bufio.NewReaderSize(file, 1<<20))
	if err == nil && whole < size {
		err = file.Truncate(whole)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	s.log = newLog(file, p, whole, &s.mu)
	return size - whole, nil
}

// load runs commands, and gives how many bytes whole ones have and how many there are.
func (s *server) load(r io.Reader) (whole, size int64, err error) {
	s.db.loading = true
	defer func() { s.db.loading = false }()
	c := &client{s: s}
	var in input
	defer in.drop()
	for {
		in.room()
		n, err := r.Read(in.buf[in.last:])
		in.last += n
		size += int64(n)
		if done, wrong := c.replay(&in, size); wrong != nil {
			return 0, 0, wrong
		} else if done > 0 {
			whole = done
		}
		if err == io.EOF {
			return whole, size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// replay runs the commands that are in a buffer, which ends at size, and gives where the last one ends that need not be
// undone; 0 if there is none.
func (c *client) replay(in *input, size int64) (whole int64, err error) {
	for {
		cmd, err := in.next(&c.s.limits)
		at := size - int64(in.len())
		if err == nil && len(cmd) == 0 {
			return whole, nil
		}
		var args [][]byte
		if err == nil {
			args, err = split(cmd, nil)
		}
		if err == nil && (cmd[0] != '*' || len(args) == 0 || lookup(args) == nil) {
			err = errors.New("no command")
		}
		if err != nil {
			return 0, fmt.Errorf("this is no log of ours from byte %d on: %w", at-int64(len(cmd)), err)
		}
		c.execute(args)
		c.out.buf = c.out.buf[:0]
		if c.tx == nil {
			whole = at
		}
	}
}
