// What a person does, and the order of what there is to see.
const selected = () => [...wall.picked].sort((a, b) => a - b).map((k) => wall.flat[k]);

const act = guarded(async (a) => {
  const done = await ask("/act", a);
  say(done.said + (done.failed ? `; ${done.failed.length} could not be read and got no label` : ""));
  return done;
});

// give labels photographs and moves on to the next without a label.
async function give(ids, label, what) {
  if (!ids.length) return say("Select a photograph first.", true);
  const kind = what || "label", before = ids.map((i) => wall.items.get(i));
  const c = state.classes.find((k) => k.name === label);
  for (const i of ids) { // at once, before it is confirmed
    const item = wall.items.get(i);
    if (item) wall.items.set(i, {...item, kind: {label: "labelled", skip: "skipped", none: "none", clear: ""}[kind], class: c ? c.id : -1});
    dress(i);
  }
  const from = wall.at;
  if (kind !== "clear" && ids.includes(wall.flat[from])) onward();
  const done = await act({do: kind, ids, label});
  if (!done) {
    ids.forEach((i, k) => before[k] && wall.items.set(i, before[k]));
    ids.forEach(dress);
    go(from);
  }
}

// onward goes to the next photograph without a label.
function onward() {
  const last = Math.max(...wall.picked, wall.at);
  for (let k = last + 1; k < wall.flat.length; k++) {
    const item = wall.items.get(wall.flat[k]);
    if (!item || !item.kind || !["ask", "groups", "unlabelled"].includes(id("view").value)) return go(k);
  }
  if (last + 1 < wall.flat.length) return go(last + 1);
  owed = true;
}
let owed = false; // the selection moves on when there is something new

function accept() {
  const by = new Map();
  const keeping = ["doubts", "suspects", "near"].includes(id("view").value); // Enter keeps a label there
  for (const i of selected()) {
    const item = wall.items.get(i);
    if (item && keeping && item.kind === "labelled") by.set(item.class, [...(by.get(item.class) || []), i]);
    else if (item && item.guess >= 0 && !item.kind) by.set(item.guess, [...(by.get(item.guess) || []), i]);
  }
  if (!by.size) return say("Nothing is suggested here; press the key of a class.", true);
  for (const [c, ids] of by) give(ids, nameOf(c));
}

function bulk(section) {
  const s = wall.sections[section];
  const ids = s && s.p ? sureOf(s) : [];
  if (!ids.length) return say("Nothing here is suggested with 0.95 and more.", true);
  give(ids, nameOf(s.class));
}

const sectionAt = () => wall.at < 0 ? 0 : (wall.rows[rowOf(wall.at)] || {section: 0}).section;

// order fetches the view; whole puts everything in its place, else only what is out of sight moves.
let ordering = null, again = false;
const order = guarded(async (whole) => {
  if (ordering) {
    again = again || (whole ? "whole" : true);
    return;
  }
  ordering = true;
  try {
    const view = id("view").value, [name, number] = view.split(":"); // class:NUMBER is everything of a class
    const q = new URLSearchParams({view: number ? "newest" : name, q: id("search").value, class: number || -1});
    const answer = await ask("/order?" + q);
    if (view === id("view").value) arrange(answer.sections, whole || !wall.flat.length);
  } finally {
    ordering = null;
    if (again) {
      const next = again === "whole";
      again = false;
      order(next);
    }
  }
});

function arrange(sections, whole) {
  const cursor = wall.flat[wall.at], picked = selected();
  if (!whole) sections = frozen(sections);
  wall.sections = sections;
  lay();
  wall.at = cursor === undefined ? -1 : (wall.where.has(cursor) ? wall.where.get(cursor) : -1);
  wall.picked = new Set(picked.filter((i) => wall.where.has(i)).map((i) => wall.where.get(i)));
  wall.anchor = wall.at;
  if (whole) id("wall").scrollTop = 0;
  id("fresh").hidden = whole;
  if (wall.flat.length && (wall.at < 0 || whole)) go(whole ? 0 : Math.min(Math.max(wall.at, 0), wall.flat.length - 1));
  else mark();
  if (owed) {
    owed = false;
    onward();
  }
  if (!wall.flat.length) id("space").replaceChildren(make("p", "empty", emptyText()));
}

function emptyText() {
  return {ask: "Nothing is left to ask for.", doubts: "No label is doubtful, as far as is known.", near: "None were found.", suspects: "None were found; start graft label with --suspects."}[id("view").value] || "There are none.";
}

// frozen is the new order with what is in sight, and what is before it, where it was.
function frozen(fresh) {
  const [, last] = inSight(0), r = wall.rows[last];
  if (!r) return fresh;
  const end = r.head ? -1 : r.to, keep = new Set(wall.flat.slice(0, Math.max(end, wall.at + 1)));
  const out = [], used = new Set();
  wall.sections.forEach((s, k) => {
    const old = s.ids.map((i, n) => [i, s.p ? s.p[n] : 0]).filter(([i]) => keep.has(i));
    if (k > r.section) return;
    const same = fresh.find((f) => f.class === s.class && (f.title === s.title || id("view").value === "ask"));
    const more = same && k === r.section ? same.ids.map((i, n) => [i, same.p ? same.p[n] : 0]).filter(([i]) => !keep.has(i)) : [];
    if (same) used.add(same);
    const all = old.concat(more);
    if (all.length) out.push({title: same ? same.title : s.title, class: s.class, ids: all.map((a) => a[0]), p: s.p && all.map((a) => a[1])});
  });
  for (const f of fresh) {
    if (used.has(f)) continue;
    const rest = f.ids.map((i, n) => [i, f.p ? f.p[n] : 0]).filter(([i]) => !keep.has(i));
    if (rest.length) out.push({title: f.title, class: f.class, ids: rest.map((a) => a[0]), p: f.p && rest.map((a) => a[1])});
  }
  return out;
}
