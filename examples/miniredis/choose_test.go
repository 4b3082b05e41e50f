package main

import "fmt"

// The commands that [chooser.command] makes, by type.

func (r *chooser) strings() []string {
	k := r.keyOf("str")
	n := r.keyOf("num")
	return pick(r,
		[]string{"GET", k},
		[]string{"SET", k, r.value()},
		append([]string{"SET", k, r.value()}, r.some("NX", "XX", "GET", "KEEPTTL", "EX 1000", "PX 200000", "EX 0", "EXAT 99999999999", "foo")...),
		[]string{"SETNX", k, r.value()},
		[]string{"SETEX", k, r.seconds(), r.value()},
		[]string{"PSETEX", k, r.seconds() + "000", r.value()},
		[]string{"GETSET", k, r.value()},
		[]string{"GETDEL", k},
		append([]string{"GETEX", k}, r.some("PERSIST", "EX 1000", "PX 0", "foo")...),
		append([]string{"MGET"}, r.many(r.key)...),
		append([]string{"MSET", k, r.value()}, n, r.value()),
		[]string{"MSETNX", k, r.value(), n, r.value()},
		[]string{"SET", n, r.small()},
		[]string{"INCR", n}, []string{"DECR", n},
		[]string{"INCRBY", n, r.int()}, []string{"DECRBY", n, r.int()},
		[]string{"INCRBYFLOAT", n, r.float()},
		[]string{"APPEND", k, r.value()},
		[]string{"STRLEN", k},
		[]string{"GETRANGE", k, r.small(), r.small()},
		[]string{"SETRANGE", k, r.small(), r.value()},
	)
}

func (r *chooser) keys() []string {
	k := r.key()
	return pick(r,
		append([]string{"DEL"}, r.many(r.key)...),
		append([]string{"UNLINK"}, k),
		append([]string{"EXISTS"}, r.many(r.key)...),
		[]string{"TYPE", k},
		append([]string{"EXPIRE", k, r.seconds()}, r.some("NX", "XX", "NX", "foo")...),
		append([]string{"PEXPIRE", k, r.seconds() + "000"}, r.some("NX", "XX")...),
		append([]string{"EXPIREAT", k, pick(r, "99999999999", "1", "99999999998", "99999999997")}, r.some("NX", "XX", "GT", "LT")...),
		[]string{"PEXPIREAT", k, "99999999999000"},
		[]string{"TTL", k}, []string{"PTTL", k}, []string{"EXPIRETIME", k}, []string{"PERSIST", k},
		[]string{"RENAME", k, r.key()}, []string{"RENAMENX", k, r.key()},
		[]string{"KEYS", pick(r, "*", "s*", "?et*", "[sz]*[0-1]", "[^s]*", "nothing", "*t0", "\\*", "l[i-")},
		[]string{"DBSIZE"},
		[]string{"TOUCH", k},
	)
}

func (r *chooser) lists() []string {
	k := r.keyOf("list")
	end := func() string { return pick(r, "LEFT", "RIGHT", "left") }
	return pick(r,
		append([]string{"LPUSH", k}, r.many(r.name)...), append([]string{"RPUSH", k}, r.many(r.value)...),
		append([]string{"RPUSH", k}, r.many(r.name)...),
		append([]string{"LPUSHX", k}, r.many(r.name)...), append([]string{"RPUSHX", k}, r.many(r.name)...),
		[]string{"LPOP", k}, []string{"RPOP", k}, []string{"LPOP", k, r.small()}, []string{"RPOP", k, r.small()},
		[]string{"LLEN", k},
		[]string{"LRANGE", k, r.small(), r.small()}, []string{"LRANGE", k, "0", "-1"},
		[]string{"LINDEX", k, r.small()}, []string{"LSET", k, r.small(), r.value()},
		[]string{"LREM", k, r.small(), r.name()}, []string{"LTRIM", k, r.small(), r.small()},
		[]string{"LINSERT", k, pick(r, "BEFORE", "AFTER", "foo"), r.name(), r.value()},
		[]string{"LMOVE", k, r.keyOf("list"), end(), end()}, []string{"RPOPLPUSH", k, r.keyOf("list")},
		[]string{"BLPOP", k, r.keyOf("list"), "0.001"}, []string{"BRPOP", k, pick(r, "0.001", "-1", "x")},
		[]string{"BLMOVE", k, r.keyOf("list"), end(), end(), "0.001"}, []string{"BRPOPLPUSH", k, r.keyOf("list"), "0.001"},
	)
}

func (r *chooser) hashes() []string {
	k := r.keyOf("hash")
	return pick(r,
		[]string{"HSET", k, r.name(), r.value()}, []string{"HSET", k, r.name(), r.value(), r.name(), r.small()},
		[]string{"HMSET", k, r.name(), r.value()}, []string{"HSETNX", k, r.name(), r.value()},
		[]string{"HGET", k, r.name()}, append([]string{"HMGET", k}, r.many(r.name)...),
		append([]string{"HDEL", k}, r.many(r.name)...),
		[]string{"HLEN", k}, []string{"HEXISTS", k, r.name()}, []string{"HSTRLEN", k, r.name()},
		[]string{"HGETALL", k}, []string{"HKEYS", k}, []string{"HVALS", k},
		[]string{"HINCRBY", k, r.name(), r.int()}, []string{"HINCRBYFLOAT", k, r.name(), r.float()},
	)
}

func (r *chooser) sets() []string {
	k := r.keyOf("set")
	sets := func() []string { return r.many(func() string { return r.keyOf("set") }) }
	return pick(r,
		append([]string{"SADD", k}, r.many(r.name)...), append([]string{"SADD", k}, r.many(r.value)...),
		append([]string{"SREM", k}, r.many(r.name)...),
		[]string{"SISMEMBER", k, r.name()}, append([]string{"SMISMEMBER", k}, r.many(r.name)...),
		[]string{"SMEMBERS", k}, []string{"SCARD", k}, []string{"SMOVE", k, r.keyOf("set"), r.name()},
		append([]string{"SINTER"}, sets()...), append([]string{"SUNION"}, sets()...), append([]string{"SDIFF"}, sets()...),
		append([]string{"SINTERSTORE", r.keyOf("set")}, sets()...), append([]string{"SUNIONSTORE", r.keyOf("set")}, sets()...),
		append([]string{"SDIFFSTORE", r.keyOf("set")}, sets()...),
		append([]string{"SINTERCARD", "2", k, r.keyOf("set")}, r.some("LIMIT 1", "LIMIT -1")...),
	)
}

func (r *chooser) zsets() []string {
	k := r.keyOf("zset")
	return pick(r,
		[]string{"ZADD", k, r.score(), r.name()}, []string{"ZADD", k, r.score(), r.name(), r.score(), r.name(), r.score(), r.name()},
		append(append([]string{"ZADD", k}, r.some("NX", "XX", "GT", "LT", "CH", "INCR")...), r.score(), r.name()),
		append(append([]string{"ZADD", k}, r.some("XX", "GT", "CH")...), r.score(), r.name(), r.score(), r.name()),
		[]string{"ZINCRBY", k, r.score(), r.name()},
		append([]string{"ZREM", k}, r.many(r.name)...),
		[]string{"ZSCORE", k, r.name()}, append([]string{"ZMSCORE", k}, r.many(r.name)...), []string{"ZCARD", k},
		[]string{"ZRANK", k, r.name()}, []string{"ZREVRANK", k, r.name()},
		[]string{"ZPOPMIN", k}, []string{"ZPOPMAX", k}, []string{"ZPOPMIN", k, r.small()}, []string{"ZPOPMAX", k, r.small()},
		[]string{"BZPOPMIN", k, "0.001"}, []string{"BZPOPMAX", k, r.keyOf("zset"), "0.001"},
	)
}

func (r *chooser) bound() string { return pick(r, "-inf", "+inf", "("+r.score(), r.score(), r.score()) }

func (r *chooser) lexBound() string { return pick(r, "-", "+", "["+r.name(), "("+r.name(), r.name()) }

func (r *chooser) zranges() []string {
	k, lex := r.keyOf("zset"), pick(r, "lex0", "lex1")
	limit := fmt.Sprintf("LIMIT %d %d", r.IntN(4)-1, r.IntN(5)-1)
	return pick(r,
		append([]string{"ZRANGE", k, r.small(), r.small()}, r.some("REV", "WITHSCORES", limit)...),
		append([]string{"ZRANGE", k, r.bound(), r.bound(), "BYSCORE"}, r.some("REV", "WITHSCORES", limit, "foo")...),
		append([]string{"ZRANGE", lex, r.lexBound(), r.lexBound(), "BYLEX"}, r.some("REV", limit, "WITHSCORES")...),
		append([]string{"ZREVRANGE", k, r.small(), r.small()}, r.some("WITHSCORES")...),
		append([]string{"ZRANGEBYSCORE", k, r.bound(), r.bound()}, r.some("WITHSCORES", limit)...),
		append([]string{"ZREVRANGEBYSCORE", k, r.bound(), r.bound()}, r.some("WITHSCORES", limit)...),
		append([]string{"ZRANGEBYLEX", lex, r.lexBound(), r.lexBound()}, r.some(limit)...),
		append([]string{"ZREVRANGEBYLEX", lex, r.lexBound(), r.lexBound()}, r.some(limit)...),
		[]string{"ZCOUNT", k, r.bound(), r.bound()}, []string{"ZLEXCOUNT", lex, r.lexBound(), r.lexBound()},
		[]string{"ZREMRANGEBYRANK", k, r.small(), r.small()}, []string{"ZREMRANGEBYSCORE", k, r.bound(), r.bound()},
		[]string{"ZADD", lex, "0", r.name(), "0", r.name()},
		[]string{"ZREMRANGEBYLEX", lex, r.lexBound(), r.lexBound()},
	)
}

func (r *chooser) others() []string {
	return pick(r,
		[]string{"PING"}, []string{"PING", r.value()}, []string{"ECHO", r.value()}, []string{"SELECT", pick(r, "0", "99", "x")},
		[]string{"MULTI"}, []string{"EXEC"}, []string{"EXEC"}, []string{"DISCARD"}, []string{"WATCH", r.key()}, []string{"UNWATCH"},
		[]string{"NOSUCHCOMMAND", "a", "b"}, []string{"PUBLISH", "ch", "msg"},
		[]string{"CLIENT", "SETNAME", pick(r, "me", "a b", "")}, []string{"CLIENT", "GETNAME"},
	)
}
