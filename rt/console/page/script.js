"use strict";

// The page asks for the state once a second, while it is seen, and draws it. Text of the program that is looked at comes
// in as text only (textContent), never as markup.

const $ = id => document.getElementById(id);
const history = new Map(); // figure → its last values
const open = new Set(); // keys of places that are open
let last = null; // the state that is shown
let before = null; // the one before, for rates
let paused = false;
let root = []; // the names of the flame graph's nodes down to the one that is the whole width

function element(tag, props, ...children) {
	const e = Object.assign(document.createElement(tag), props);
	e.append(...children);
	return e;
}

const units = [[3600e9, "h"], [60e9, "min"], [1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

function duration(ns) {
	for (const [size, unit] of units) {
		if (ns >= size) return (ns / size).toPrecision(3).replace(/\.?0+$/, m => (m.includes(".") ? "" : m)) + " " + unit;
	}
	return "0";
}

function number(n) {
	for (const [size, unit] of [[1e9, " G"], [1e6, " M"], [1e4, " k"]]) {
		if (n >= size) return (n / (unit === " k" ? 1e3 : size)).toPrecision(3) + unit;
	}
	return n < 10 && !Number.isInteger(n) ? n.toFixed(1) : String(Math.round(n));
}

// figures are what the tiles show: a name, its value, and whether that is bad.
function figures(state, before) {
	const m = state.metrics;
	const seconds = before ? (Date.parse(state.time) - Date.parse(before.time)) / 1e3 : 0;
	const rate = name => (seconds > 0 ? (m[name] - before.metrics[name]) / seconds : 0);
	const all = [
		["tasks alive", m.Spawned - m.Ended],
		["waiting", m.Waiting],
		["ready", m.Queued],
		["workers busy of " + m.Workers, m.Running],
		["spawned / s", rate("Spawned")],
		["ended / s", rate("Ended")],
		["turns / s", rate("Turns")],
		["wakes / s", rate("Wakes")],
		["steals / s", rate("Steals")],
		["timers", m.Timers],
		["blocking calls", m.BlockingThreads - m.BlockingIdle],
		["goroutines in BlockOn", m.BlockOn],
		["long turns", m.LongTurns, m.LongTurns > 0],
		["workers stuck", m.Stuck, m.Stuck > 0],
	];
	for (const [name, title] of [["turn", "turn"], ["delay", "wait for a worker"]]) {
		const t = state.times[name];
		if (t) all.push([title + ", median", t.median, false, duration], [title + ", p99", t.p99, false, duration]);
	}
	return all;
}

function drawFigures(state) {
	$("figures").replaceChildren(...figures(state, before).map(([name, value, bad, show = number]) => {
		const values = history.get(name) ?? [];
		history.set(name, values);
		values.push(value);
		if (values.length > 60) values.shift();
		const tile = element("div", { className: bad ? "figure bad" : "figure" }, element("b", { textContent: show(value) }), element("span", { textContent: name }));
		tile.append(sparkline(values));
		return tile;
	}));
}

function sparkline(values) {
	const ns = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(ns, "svg");
	svg.setAttribute("viewBox", "0 0 59 22");
	svg.setAttribute("preserveAspectRatio", "none");
	const path = document.createElementNS(ns, "path");
	const top = Math.max(...values, 1e-9);
	path.setAttribute("d", values.map((v, i) => (i ? "L" : "M") + (60 - values.length + i) + " " + (21 - 20 * v / top)).join(" "));
	svg.append(path);
	return svg;
}

// lines are a chain of calls as text.
function lines(calls, indent) {
	const out = [];
	for (const c of calls ?? []) {
		let line = indent + c.function;
		if (c.pos) line += " " + c.pos;
		if (c.awaits) line += " awaits " + c.awaits;
		if (c.state && !c.pos && !c.function.endsWith("." + c.state)) line += " [" + c.state + "]";
		if (c.detail) line += " (" + c.detail + ")";
		out.push(line);
		for (const l of c.locals ?? []) out.push(indent + "    " + l.name + " = " + l.value);
		(c.branches ?? []).forEach((calls, i) => {
			if (c.branches.length > 1) out.push(indent + "  branch " + i + ":");
			out.push(...lines(calls, indent + "    "));
		});
	}
	return out;
}

// keyOf is what a place has that no other has.
const keyOf = p => [p.status, p.function, p.origin, ...lines(p.chain, "")].join("\n");

function since(p) {
	if (!p.mostWait) return "";
	const least = duration(p.leastWait ?? 0), most = duration(p.mostWait);
	return least === most ? most : least + " – " + most;
}

// what says of one task what tells it from others.
function what(t) {
	let text = t.name;
	if (t.id) text = "#" + t.id + " " + text;
	if (t.waits) text += ", " + t.waits;
	return text;
}

function details(p) {
	const text = [];
	if (p.origin) text.push("spawned by " + p.origin, "");
	const values = p.some.some(t => JSON.stringify(t.chain ?? []).includes('"locals"'));
	if (!values) text.push(...lines(p.chain, ""), "");
	text.push(p.some.length < p.count ? "some of them:" : p.count === 1 ? "it:" : "all of them:");
	for (const t of p.some) {
		text.push("  " + what(t));
		if (values) text.push(...lines(t.chain, "      "));
	}
	return text.join("\n");
}

function rows(p, kind) {
	const key = kind + keyOf(p);
	const source = (p.chain ?? []).find(c => c.pos);
	const inner = (p.chain ?? [])[0];
	const waits = source?.awaits ?? inner?.function ?? "";
	const cells = [
		element("td", { className: "number", textContent: p.count.toLocaleString("en") }),
		element("td", { textContent: kind || p.status }),
		element("td", { textContent: since(p) }),
		element("td", { className: "code", textContent: p.function }),
		element("td", { className: "code", textContent: source?.pos ?? "" }),
		element("td", { className: "code", textContent: inner?.detail ? waits + " (" + inner.detail + ")" : waits }),
	];
	const row = element("tr", { className: "place", tabIndex: 0 }, ...cells);
	row.setAttribute("aria-expanded", open.has(key));
	const turn = () => {
		if (!open.delete(key)) open.add(key);
		draw();
	};
	row.onclick = turn;
	row.onkeydown = e => {
		if (e.key === "Enter" || e.key === " ") {
			e.preventDefault();
			turn();
		}
	};
	if (!open.has(key)) return [row];
	return [row, element("tr", {}, element("td"), element("td", { colSpan: 5 }, element("pre", { textContent: details(p) })))];
}

function matches(p) {
	const want = $("filter").value.trim().toLowerCase();
	return !want || (keyOf(p) + "\n" + p.some.map(what).join("\n")).toLowerCase().includes(want);
}

function drawPlaces(tasks, leftOff) {
	const places = tasks.places.filter(matches);
	$("places").replaceChildren(...places.flatMap(p => rows(p, "")), ...tasks.blockOn.filter(matches).flatMap(p => rows(p, "goroutine")));
	const n = places.reduce((sum, p) => sum + p.count, 0);
	$("count").textContent = number(n) + " tasks in " + places.length + " places" + (tasks.notListed ? ", and " + number(tasks.notListed) + " that have not waited yet" : "");
	$("left").hidden = !leftOff;
	$("left").textContent = "and " + leftOff + " places with fewer tasks, which are in the dump";
	$("cycles").hidden = !tasks.cycles.length;
	$("cycles").replaceChildren(...tasks.cycles.map(c => element("p", { textContent: "in a circle: " + [...c, c[0]].join(" waits for ") })));
	return places;
}

// stack is a chain from the outermost call down: of branches the first.
function stack(calls) {
	const flat = calls => (calls ?? []).flatMap(c => [...flat(c.branches?.[0]), c]);
	return flat(calls).reverse();
}

// tree sums up the stacks of places.
function tree(places) {
	const top = { name: "all", n: 0, below: new Map() };
	for (const p of places) {
		top.n += p.count;
		let at = top;
		const calls = stack(p.chain);
		for (const name of calls.length ? calls.map(c => c.function + (c.pos ? " " + c.pos : "")) : [p.function + " (" + p.status + ")"]) {
			if (!at.below.has(name)) at.below.set(name, { name, n: 0, below: new Map() });
			at = at.below.get(name);
			at.n += p.count;
		}
	}
	return top;
}

function hue(name) {
	let h = 0;
	for (const c of name.replace(/ .*/, "")) h = (h * 31 + c.codePointAt(0)) % 70;
	return "hsl(" + (h + 5) + " 75% 68%)";
}

function drawNode(node, path, whole) {
	const button = element("button", { type: "button", textContent: node.name, title: node.name + ": " + node.n.toLocaleString("en") + " tasks" });
	button.style.background = hue(node.name);
	button.onclick = () => {
		root = path;
		draw();
	};
	const below = element("div", { className: "below" });
	const zoomed = path.length < root.length ? [node.below.get(root[path.length])].filter(Boolean) : [...node.below.values()];
	for (const b of zoomed.sort((a, b) => b.n - a.n)) {
		if (b.n / whole < 0.002) continue; // too narrow to be seen
		const child = drawNode(b, [...path, b.name], path.length < root.length ? b.n : whole);
		child.style.width = path.length < root.length ? "100%" : 100 * b.n / node.n + "%";
		below.append(child);
	}
	return element("div", { className: "node" }, button, below);
}

function draw() {
	if (!last) return;
	$("runtime").textContent = last.tasks.runtime;
	document.title = number(last.metrics.Spawned - last.metrics.Ended) + " tasks of " + last.tasks.runtime;
	const places = drawPlaces(last.tasks, last.leftOff);
	const top = tree(places);
	for (let at = top, i = 0; i < root.length; i++) { // what is zoomed into may have gone
		at = at.below.get(root[i]);
		if (!at) root = root.slice(0, i--);
		if (!at) break;
	}
	$("flame").replaceChildren(top.n ? drawNode(top, [], top.n) : element("p", { textContent: "No task waits." }));
}

async function look() {
	if (paused || document.hidden) return;
	try {
		const answer = await fetch("state" + ($("values").checked ? "?values=1" : ""));
		if (!answer.ok) throw new Error((await answer.text()) || answer.statusText);
		const state = await answer.json();
		$("trouble").hidden = true;
		if (last && state.time === last.time) return;
		before = last;
		last = state;
		drawFigures(state);
		draw();
	} catch (e) {
		$("trouble").hidden = false;
		$("trouble").textContent = "The program does not answer (" + e.message + "). What is shown is what it said last.";
	}
}

async function watch() {
	for (;;) {
		await look();
		await new Promise(done => setTimeout(done, 1000));
	}
}

for (const [part, title, file] of [["dump", "dump", ""], ["dump.json", "JSON", ""], ["profile", "profile", "tasks.pb.gz"], ["metrics", "metrics", ""]]) {
	const link = element("a", { href: part, textContent: title });
	if (file) link.download = file;
	$("parts").append(link);
}
$("pause").onclick = () => {
	paused = !paused;
	$("pause").textContent = paused ? "Go on" : "Pause";
	look();
};
$("values").onchange = look;
$("filter").oninput = draw;
document.addEventListener("visibilitychange", look);
watch();
