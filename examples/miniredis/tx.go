package main

import (
	"bytes"
	"slices"
)

var txCommands = map[string]command{
	"MULTI":   {arity: 1, flags: always, run: multi},
	"EXEC":    {arity: 1, flags: always, run: execTx},
	"DISCARD": {arity: 1, flags: always, run: discard},
	"WATCH":   {arity: -2, flags: always, run: watch},
	"UNWATCH": {arity: 1, run: unwatch},
}

// transaction is what a client has between WATCH or MULTI and EXEC.
type transaction struct {
	open     bool // MULTI was there
	aborted  bool // a command was refused
	broken   bool // a watched key has changed
	running  bool // EXEC runs
	queue    []queued
	size     int
	watching []string
}

// queued is a command that waits for EXEC.
type queued struct {
	cmd  *command
	args [][]byte
}

// perCommand is what a command in the queue takes beside its arguments, about.
const perCommand = 100

// add puts a copy of a command into the queue, if all of them have no more than limit bytes then. What is aborted needs
// no queue.
func (t *transaction) add(cmd *command, args [][]byte, limit int) bool {
	if t.aborted {
		return true
	}
	all := make([][]byte, len(args))
	for i, arg := range args {
		all[i] = bytes.Clone(arg)
		t.size += len(arg)
	}
	t.size += perCommand
	if t.size > limit {
		t.queue = nil
		return false
	}
	t.queue = append(t.queue, queued{cmd, all})
	return true
}

func multi(c *client, _ [][]byte) {
	if c.tx == nil {
		c.tx = new(transaction)
	}
	if c.tx.open {
		c.out.fail("ERR MULTI calls can not be nested")
		return
	}
	c.tx.open = true
	c.out.ok()
}

func execTx(c *client, _ [][]byte) {
	tx := c.tx
	if tx == nil || !tx.open {
		c.out.fail("ERR EXEC without MULTI")
		return
	}
	for _, key := range tx.watching {
		c.s.db.find([]byte(key)) // has it expired?
	}
	tx.running = true
	defer c.forget()
	switch {
	case tx.aborted:
		c.out.fail("EXECABORT Transaction discarded because of previous errors.")
		return
	case tx.broken:
		c.out.nullArray()
		return
	}
	c.s.group = groupOpen
	c.out.array(len(tx.queue))
	tx.open = false
	for _, q := range tx.queue {
		c.call(q.cmd, q.args)
	}
	c.s.endGroup()
}

// forget ends a transaction.
func (c *client) forget() {
	if c.tx == nil {
		return
	}
	watched := c.s.db.watched
	for _, key := range c.tx.watching {
		all := slices.DeleteFunc(watched[key], func(o *client) bool { return o == c })
		if len(all) == 0 {
			delete(watched, key)
		} else {
			watched[key] = all
		}
	}
	c.tx = nil
}

func discard(c *client, _ [][]byte) {
	if c.tx == nil || !c.tx.open {
		c.out.fail("ERR DISCARD without MULTI")
		return
	}
	c.forget()
	c.out.ok()
}

func watch(c *client, args [][]byte) {
	if c.tx != nil && c.tx.open {
		c.out.fail("ERR WATCH inside MULTI is not allowed")
		return
	}
	if c.tx == nil {
		c.tx = new(transaction)
	}
	for _, key := range args[1:] {
		if slices.Contains(c.tx.watching, string(key)) {
			continue
		}
		c.s.db.find(key) // one that has expired goes before
		c.tx.watching = append(c.tx.watching, string(key))
		c.s.db.watched[string(key)] = append(c.s.db.watched[string(key)], c)
	}
	c.out.ok()
}

func unwatch(c *client, _ [][]byte) {
	if c.tx != nil && !c.tx.running {
		c.forget()
	}
	c.out.ok()
}
