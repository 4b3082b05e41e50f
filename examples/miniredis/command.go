package main

import (
	"fmt"
	"maps"
	"strings"
)

// The errors that many commands have.
const (
	wrongType  = "WRONGTYPE Operation against a key holding the wrong kind of value"
	badSyntax  = "ERR syntax error"
	notInteger = "ERR value is not an integer or out of range"
	notFloat   = "ERR value is not a valid float"
	notThere   = "ERR no such key"
	mustBePos  = "ERR value is out of range, must be positive"
	misconf    = "MISCONF Errors writing to the AOF file: "
)

// cmdFlag says what kind of command it is.
type cmdFlag uint8

const (
	write  cmdFlag = 1 << iota // it may change the data, and goes to the log
	always                     // it is run at once also within MULTI
	subOK                      // it is allowed to a subscriber in RESP2
	noTx                       // it is not allowed within MULTI
	parent                     // its first argument says which command it is: the table has it as NAME|ARGUMENT
	child                      // it is such a one
)

// command is an entry of the table.
type command struct {
	name  string
	arity int // number of arguments, the name included; negative: at least so many
	flags cmdFlag
	run   func(c *client, args [][]byte)
}

// commands is the table, by name in upper case.
var commands = map[string]*command{}

func init() {
	for _, group := range []map[string]command{
		stringCommands, keyCommands, scanCommands, listCommands, hashCommands, setCommands, setAlgebra, zsetCommands,
		zrangeCommands, blockCommands, pubsubCommands, txCommands, serverCommands, clientCommands,
	} {
		for name, cmd := range maps.All(group) {
			cmd.name = strings.ToLower(name)
			if strings.Contains(name, "|") {
				cmd.flags |= child
			}
			commands[name] = &cmd
		}
	}
}

// lookup finds a command; nil if there is none. Of a parent it finds the child, where the arguments have its name.
func lookup(args [][]byte) *command {
	var buf [32]byte
	name := appendUpper(buf[:0], args[0])
	cmd := commands[string(name)]
	switch {
	case cmd == nil, cmd.flags&child != 0:
		return nil
	case cmd.flags&parent == 0, len(args) == 1:
		return cmd
	}
	return commands[string(appendUpper(append(name, '|'), args[1]))]
}

// appendUpper appends a word in upper case; of a long one only the beginning.
func appendUpper(p, word []byte) []byte {
	for _, b := range word[:min(len(word), 32)] {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		p = append(p, b)
	}
	return p
}

// is says whether an argument is a word, which is in upper case.
func is(arg []byte, word string) bool {
	if len(arg) != len(word) {
		return false
	}
	for i, b := range arg {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

// check says what is wrong with a command before it is run; nothing where that is empty.
func (c *client) check(cmd *command, args [][]byte) string {
	switch {
	case cmd == nil:
		return unknown(args)
	case cmd.arity > 0 && len(args) != cmd.arity, len(args) < -cmd.arity:
		return "ERR wrong number of arguments for '" + cmd.name + "' command"
	case c.sub != nil && !c.out.resp3 && cmd.flags&subOK == 0:
		return "ERR Can't execute '" + cmd.name +
			"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
	case c.tx != nil && c.tx.open && cmd.flags&noTx != 0:
		return "ERR Command not allowed inside a transaction"
	}
	if cmd.flags&write != 0 && c.s.log != nil {
		if err := c.s.log.failing(); err != nil {
			return misconf + err.Error()
		}
	}
	return ""
}

// unknown is the error for a command that there is not.
func unknown(args [][]byte) string {
	if lookup(args[:1]) != nil {
		return fmt.Sprintf("ERR unknown subcommand '%.128s'. Try %s HELP.", upToNUL(args[1]), strings.ToUpper(string(args[0])))
	}
	var b strings.Builder
	for _, arg := range args[1:] {
		if b.Len() >= 128 {
			break
		}
		fmt.Fprintf(&b, "'%.128s' ", upToNUL(arg))
	}
	return fmt.Sprintf("ERR unknown command '%.128s', with args beginning with: %s", upToNUL(args[0]), b.String())
}

// execute runs a command and answers it. It does not wait: a command that has to leaves c.waiting.
func (c *client) execute(args [][]byte) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.out.n++
	c.s.stats.commands++
	c.takePushes()
	cmd := lookup(args)
	wrong := c.check(cmd, args)
	queue := c.tx != nil && c.tx.open && (cmd == nil || cmd.flags&always == 0)
	switch {
	case wrong != "":
		c.reject(cmd, wrong)
	case queue && !c.tx.add(cmd, args, c.s.limits.query):
		c.reject(cmd, "ERR the transaction is too large")
	case queue:
		c.out.status("QUEUED")
	default:
		c.call(cmd, args)
		c.s.serveBlocked()
	}
	if c.s.log != nil {
		c.seen = c.s.log.last
	}
}

// reject answers to a command that is not run. A transaction that it is a part of is not, either.
func (c *client) reject(cmd *command, wrong string) {
	if cmd != nil && cmd.name == "exec" {
		c.forget()
		wrong = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(wrong, "ERR ")
	}
	if c.tx != nil && c.tx.open {
		c.tx.aborted = true
	}
	c.out.fail(wrong)
}

// call runs a command whose time has come, and logs it where it has changed something.
func (c *client) call(cmd *command, args [][]byte) {
	c.last = cmd
	c.logged = nil
	before := c.s.db.dirty
	cmd.run(c, args)
	if cmd.flags&write != 0 && c.s.db.dirty != before {
		c.wrote = true
		if c.logged == nil {
			c.s.append(args...)
		}
		for _, as := range c.logged {
			c.s.append(as...)
		}
	}
}

// logAs has other commands stand in the log for the one that is run: with what it has decided by chance or by time.
func (c *client) logAs(args ...[]byte) { c.logged = append(c.logged, args) }

// logNothing keeps the command out of the log.
func (c *client) logNothing() { c.logged = [][][]byte{} }
