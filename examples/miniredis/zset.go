package main

import (
	"math/bits"
	"math/rand/v2"
)

// zset is a sorted set: its members by name, and in the order of their scores. The zero zset is empty.
type zset struct {
	dict[float64]
	order skiplist
}

// member is a member with its score.
type member struct {
	name  string
	score float64
}

// before is the order: by score, then by name.
func (m member) before(o member) bool {
	return m.score < o.score || m.score == o.score && m.name < o.name
}

// set gives a member its score.
func (z *zset) set(name []byte, score float64) {
	it, fresh := z.put(name)
	if !fresh {
		if it.val == score {
			return
		}
		z.order.remove(member{it.key, it.val})
	}
	it.val = score
	z.order.insert(member{it.key, score})
}

// drop takes a member out, and says whether there was one.
func (z *zset) drop(name []byte) bool {
	it := z.get(name)
	if it == nil {
		return false
	}
	z.order.remove(member{it.key, it.val})
	z.remove(it)
	return true
}

// slice gives the members of the places from ≤ i < to, counted from the other end where reverse says so.
func (z *zset) slice(from, to int, reverse bool) []member {
	if from >= to {
		return nil
	}
	if reverse {
		from, to = z.len()-to, z.len()-from
	}
	all := make([]member, 0, to-from)
	for n := z.order.at(from); len(all) < to-from; n = n.next[0].to {
		all = append(all, n.member)
	}
	if reverse {
		for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
			all[i], all[j] = all[j], all[i]
		}
	}
	return all
}

// skiplist keeps members in order: a list with lanes above it, each of which skips more of it. A link knows how many
// places it goes on, so that a place is found as fast as a member.
type skiplist struct {
	head  node
	lanes int
}

type node struct {
	member
	next []link
}

type link struct {
	to   *node
	step int // places from this node to the next; only where to is not nil
}

const mostLanes = 32

// trail is where a walk leaves each lane, and the place of these nodes: the head has place 0.
type trail struct {
	nodes  [mostLanes]*node
	places [mostLanes]int
}

// walk goes to the last node for which more is true; more is true first, then false.
func (s *skiplist) walk(p *trail, more func(*node) bool) (last *node, place int) {
	last = &s.head
	for lane := s.lanes - 1; lane >= 0; lane-- {
		for l := last.next[lane]; l.to != nil && more(l.to); l = last.next[lane] {
			last, place = l.to, place+l.step
		}
		if p != nil {
			p.nodes[lane], p.places[lane] = last, place
		}
	}
	return last, place
}

// insert puts in a member that is not there.
func (s *skiplist) insert(m member) {
	var p trail
	_, place := s.walk(&p, func(n *node) bool { return n.before(m) })
	lanes := min(1+bits.TrailingZeros64(rand.Uint64()|1<<62)/2, mostLanes) // each lane has a quarter of the one below
	for ; s.lanes < lanes; s.lanes++ {
		s.head.next = append(s.head.next, link{})
		p.nodes[s.lanes] = &s.head
	}
	n := &node{member: m, next: make([]link, lanes)}
	for lane := range s.lanes {
		l := &p.nodes[lane].next[lane]
		if lane >= lanes {
			l.step++
			continue
		}
		before := place - p.places[lane]
		n.next[lane] = link{l.to, l.step - before}
		*l = link{n, before + 1}
	}
}

// remove takes a member out that is there.
func (s *skiplist) remove(m member) {
	var p trail
	last, _ := s.walk(&p, func(n *node) bool { return n.before(m) })
	n := last.next[0].to
	for lane := range s.lanes {
		l := &p.nodes[lane].next[lane]
		if l.to != n {
			l.step--
			continue
		}
		*l = link{n.next[lane].to, l.step + n.next[lane].step - 1}
	}
}

// at gives the node of a place, counted from 0. It must be there.
func (s *skiplist) at(i int) *node {
	last, place := &s.head, 0
	for lane := s.lanes - 1; lane >= 0; lane-- {
		for l := last.next[lane]; l.to != nil && place+l.step <= i+1; l = last.next[lane] {
			last, place = l.to, place+l.step
		}
	}
	return last
}

// count is how many members at the beginning have less, which must be true first, then false.
func (s *skiplist) count(less func(member) bool) int {
	_, place := s.walk(nil, func(n *node) bool { return less(n.member) })
	return place
}
