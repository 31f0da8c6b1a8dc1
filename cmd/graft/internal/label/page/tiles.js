// Tiles: one photograph each, with what is said of it.
function tileOf(flat) {
  const i = wall.flat[flat], t = make("div", "tile"), img = make("img");
  t.setAttribute("role", "gridcell");
  t.id = "t" + flat;
  t.dataset.flat = flat;
  t.style.width = wall.side + "px";
  img.alt = "";
  img.decoding = "async";
  img.width = img.height = 224;
  img.draggable = false;
  t.append(img, make("div", "cap"));
  dressed(t, wall.items.get(i), i);
  return t;
}

// dress shows anew what is known of a photograph, wherever it is in sight.
function dress(i) {
  for (const [n, line] of wall.shown) {
    const r = wall.rows[n];
    if (r.head) continue;
    for (let k = r.from; k < r.to; k++) if (wall.flat[k] === i) dressed(line.children[k - r.from], wall.items.get(i), i);
  }
  if (zoomed() && wall.flat[wall.at] === i) zoomText();
}

function dressed(t, item, i) {
  const img = t.firstChild, cap = t.querySelector(".cap");
  for (const f of t.querySelectorAll(".flag")) f.remove();
  const source = here + "/thumb/" + i + (item && item.key ? "?k=" + item.key : "");
  if (item && img.getAttribute("src") !== source) img.src = source;
  const named = item && item.kind === "labelled";
  t.classList.toggle("named", !!named);
  t.style.setProperty("--c", colour(named ? item.class : -1));
  cap.replaceChildren();
  if (!item) return;
  const name = item.path.split("/").pop();
  img.alt = name;
  if (named) {
    cap.append(make("b", "", nameOf(item.class)));
  } else if (item.kind) {
    cap.append(make("b", "", item.kind === "none" ? "none of these" : item.kind));
  } else if (item.guess >= 0) {
    const b = make("button"), p = item.p.toFixed(2);
    b.type = "button";
    b.tabIndex = -1;
    b.title = "Accept " + nameOf(item.guess);
    b.append(make("bdi", "", nameOf(item.guess) + "?"), make("span", "n", p));
    b.onclick = (e) => {
      e.stopPropagation();
      give([i], nameOf(item.guess));
    };
    cap.append(b);
  } else {
    cap.append(make("span", "", name));
  }
  const flag = item.why ? [item.why, "bad"] : item.doubt >= 0 ? [nameOf(item.doubt) + "?", "bad"] : item.test ? ["honest test", ""] : null;
  if (flag) t.append(make("span", "flag " + flag[1], flag[0]));
  t.title = item.path + (item.why ? ": " + item.why : "");
}

// mark shows what is selected.
function mark() {
  for (const t of document.querySelectorAll(".tile")) {
    const flat = Number(t.dataset.flat);
    t.setAttribute("aria-selected", wall.picked.has(flat));
    t.classList.toggle("at", flat === wall.at);
  }
  if (wall.at >= 0 && id("t" + wall.at)) id("wall").setAttribute("aria-activedescendant", "t" + wall.at);
  else id("wall").removeAttribute("aria-activedescendant");
}

// go moves to a photograph; extend selects the run from where the selection began.
function go(flat, extend) {
  if (!wall.flat.length) return;
  flat = Math.max(0, Math.min(wall.flat.length - 1, flat));
  if (!extend || wall.anchor < 0) wall.anchor = flat;
  wall.at = flat;
  wall.picked.clear();
  for (let k = Math.min(wall.anchor, flat); k <= Math.max(wall.anchor, flat); k++) wall.picked.add(k);
  const r = wall.rows[rowOf(flat)], w = id("wall");
  const first = flat < wall.columns ? 0 : r.top;
  if (first < w.scrollTop) w.scrollTop = first;
  else if (r.top + r.height > w.scrollTop + w.clientHeight) w.scrollTop = r.top + r.height - w.clientHeight;
  paint();
  if (zoomed()) zoomShow();
}

function pickWith(e) {
  const t = e.target.closest(".tile");
  if (!t) return;
  const flat = Number(t.dataset.flat);
  if (e.ctrlKey || e.metaKey) {
    if (wall.picked.has(flat)) wall.picked.delete(flat);
    else wall.picked.add(flat);
    wall.at = wall.anchor = flat;
    mark();
    return;
  }
  if (wall.at === flat && e.detail === 2) return zoomShow();
  go(flat, e.shiftKey);
}
