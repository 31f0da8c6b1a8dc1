// The wall: rows of thumbnails, of which only those in sight are in the document.
const wall = {sections: [], rows: [], flat: [], where: new Map(), items: new Map(), shown: new Map(), version: -1, at: -1, anchor: -1, picked: new Set(), columns: 1, side: 200};
const HEAD = 46, GAP = 10;
const captionHeight = () => matchMedia("(pointer:coarse)").matches ? 42 : 36;

// lay places all sections: where each row begins follows from what is before it.
function lay() {
  const width = id("wall").clientWidth - (innerWidth <= 700 ? 20 : 28), gap = innerWidth <= 700 ? 8 : GAP;
  const want = innerWidth <= 700 ? 165 : 205;
  wall.columns = Math.max(1, Math.floor((width + gap) / (want + gap)));
  wall.side = Math.floor((width - gap * (wall.columns - 1)) / wall.columns);
  const height = wall.side + captionHeight() + GAP;
  wall.rows = [];
  wall.flat = [];
  wall.where.clear();
  let top = 4;
  wall.sections.forEach((s, k) => {
    wall.rows.push({top, height: HEAD, section: k, head: true});
    top += HEAD;
    for (let i = 0; i < s.ids.length; i += wall.columns) {
      wall.rows.push({top, height, section: k, from: wall.flat.length + i, to: wall.flat.length + Math.min(i + wall.columns, s.ids.length)});
      top += height;
    }
    for (const i of s.ids) {
      if (!wall.where.has(i)) wall.where.set(i, wall.flat.length);
      wall.flat.push(i);
    }
  });
  id("space").style.height = top + "px";
  id("wall").setAttribute("aria-rowcount", wall.rows.length);
  for (const e of wall.shown.values()) e.remove();
  wall.shown.clear();
  paint();
}

// rowAt is the number of the row at a height.
function rowAt(y) {
  let low = 0, high = wall.rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (wall.rows[middle].top <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

// rowOf is the number of the row of a photograph, −1 if there is none.
function rowOf(flat) {
  let low = 0, high = wall.rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1, r = wall.rows[middle];
    const from = r.head ? wall.rows[middle + 1] ? wall.rows[middle + 1].from : Infinity : r.from;
    if (!r.head && flat >= r.from && flat < r.to) return middle;
    if (flat < from) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
}

// inSight are the numbers of the rows that can be seen.
function inSight(more) {
  const w = id("wall");
  return [Math.max(0, rowAt(w.scrollTop) - more), Math.min(wall.rows.length - 1, rowAt(w.scrollTop + w.clientHeight) + more)];
}

let painting = false, scrolled = -1e9; // when the wall was scrolled last, in ms
function repaint() {
  scrolled = performance.now();
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    paint();
  });
}

function paint() {
  if (!wall.rows.length) {
    id("space").replaceChildren();
    wall.shown.clear();
    return;
  }
  const [from, to] = inSight(2);
  for (const [n, e] of wall.shown) {
    if (n < from || n > to) {
      e.remove();
      wall.shown.delete(n);
    }
  }
  const missing = [];
  for (let n = from; n <= to; n++) {
    const r = wall.rows[n];
    if (!wall.shown.has(n)) {
      const e = r.head ? headOf(r, n) : lineOf(r, n);
      wall.shown.set(n, e);
      id("space").append(e);
    }
    if (!r.head) for (let i = r.from; i < r.to; i++) if (!wall.items.has(wall.flat[i])) missing.push(wall.flat[i]);
  }
  if (missing.length) load(missing);
  mark();
}

function lineOf(r, n) {
  const e = make("div", "line-of");
  e.setAttribute("role", "row");
  e.setAttribute("aria-rowindex", n + 1);
  e.style.transform = `translateY(${r.top}px)`;
  for (let i = r.from; i < r.to; i++) e.append(tileOf(i));
  return e;
}

function headOf(r, n) {
  const e = make("div", "line-of head-of"), cell = make("div"), s = wall.sections[r.section];
  e.setAttribute("role", "row");
  e.setAttribute("aria-rowindex", n + 1);
  cell.setAttribute("role", "gridcell");
  e.style.transform = `translateY(${r.top}px)`;
  e.style.height = HEAD + "px";
  const h = make("h2"), name = make("bdi", "", s.title);
  h.append(name, make("span", "n", "  " + s.ids.length));
  cell.append(h);
  const sure = s.p ? sureOf(s).length : 0;
  if (sure) {
    const b = make("button", "plain", `Accept ${sure} of 0.95 and more`);
    b.type = "button";
    b.tabIndex = -1;
    b.onclick = () => bulk(r.section);
    cell.append(b);
  }
  e.append(cell);
  return e;
}

// sureOf are the photographs of a section that are suggested with 0.95 and more, and have no label yet.
const sureOf = (s) => s.ids.filter((i, k) => s.p[k] >= 0.95 && !(wall.items.get(i) || {}).kind);

// load asks for what there is to know of photographs, a few hundred at once.
let wanted = new Set(), loading = null;
function load(ids) {
  for (const i of ids) wanted.add(i);
  if (!loading) loading = setTimeout(fetchItems, 8);
}

const fetchItems = guarded(async () => {
  const ids = [...wanted].slice(0, 300);
  for (const i of ids) wanted.delete(i);
  loading = wanted.size ? setTimeout(fetchItems, 8) : null;
  const answer = await ask("/items?ids=" + ids.join(","));
  for (const item of answer.items) {
    wall.items.set(item.id, item);
    dress(item.id);
  }
  if (answer.version > wall.version) wall.version = answer.version;
});

// refreshItems looks again at what is in sight.
function refreshItems() {
  if (!wall.rows.length) return;
  const ids = [];
  for (const n of wall.shown.keys()) {
    const r = wall.rows[n];
    if (!r.head) for (let i = r.from; i < r.to; i++) ids.push(wall.flat[i]);
  }
  for (const i of wall.items.keys()) if (!ids.includes(i) && wall.items.size > 2000) wall.items.delete(i);
  if (zoomed()) ids.push(wall.flat[wall.at]);
  if (ids.length) load(ids);
  for (const [i] of wall.items) if (!wall.where.has(i) || !ids.includes(i)) wall.items.delete(i);
}
