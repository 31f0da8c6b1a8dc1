// Keys, and what comes from the program.
const typing = (e) => e.target.closest("input, select, textarea");

function keydown(e) {
  const modal = document.querySelector("dialog[open]");
  if ((e.ctrlKey || e.metaKey) && !e.altKey && !typing(e)) {
    const k = e.key.toLowerCase();
    if (k === "z" || k === "y") {
      e.preventDefault();
      back(k === "y" || e.shiftKey ? "redo" : "undo");
    }
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (modal && modal !== id("zoom")) return;
  if (typing(e)) {
    if (e.key === "Escape") id("wall").focus({preventScroll: true});
    return;
  }
  const button = e.target.closest("button, summary, a");
  if (button && (e.key === "Enter" || e.key === " ")) return;
  if (pressed(e)) e.preventDefault();
}

const back = guarded(async (what) => {
  const done = await ask("/act", {do: what});
  say(done.said);
  const first = (done.ids || []).find((i) => wall.where.has(i));
  load((done.ids || []).slice(0, 300));
  if (first !== undefined) go(wall.where.get(first));
});

// pressed does what a key is for; it reports whether it is for something.
function pressed(e) {
  const c = wall.columns, by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -c, ArrowDown: c};
  const page = c * Math.max(1, Math.floor(id("wall").clientHeight / (wall.side + 46)) - 1);
  if (e.key in by) return go(vertical(by[e.key]), e.shiftKey), true;
  switch (e.key) {
  case "Home": return go(0, e.shiftKey), true;
  case "End": return go(wall.flat.length - 1, e.shiftKey), true;
  case "PageDown": return go(wall.at + page, e.shiftKey), true;
  case "PageUp": return go(wall.at - page, e.shiftKey), true;
  case "Enter": return e.shiftKey ? bulk(sectionAt()) : accept(), true;
  case " ": return zoomed() ? id("zoom").close() : zoomShow(), true;
  case "Backspace": case "Delete": return give(selected(), "", "clear"), true;
  case "-": return give(selected(), "", "skip"), true;
  case "0": return give(selected(), "", "none"), true;
  case "+": return newClass(), true;
  case "/": return id("search").focus(), true;
  case "?": return showKeys(), true;
  case "Escape": return id("wall").focus({preventScroll: true}), false;
  }
  const key = e.key.toLowerCase();
  for (const [k, list] of keysOf()) if (list.includes(key)) return give(selected(), nameOf(k)), true;
  return false;
}

// vertical is where an arrow leads: up and down to the same column of the next row of photographs.
function vertical(step) {
  if (Math.abs(step) === 1 || wall.at < 0) return wall.at + step;
  const n = rowOf(wall.at), column = wall.at - wall.rows[n].from, d = Math.sign(step);
  for (let k = n + d; k >= 0 && k < wall.rows.length; k += d) if (!wall.rows[k].head) return Math.min(wall.rows[k].from + column, wall.rows[k].to - 1);
  return wall.at;
}

// taken shows a new state.
let seenFits = -1, reorder = null;
function taken(next) {
  const first = seenFits < 0, classes = JSON.stringify(state.classes.map((c) => c.name));
  state = next;
  showClasses();
  showKnown();
  showMade();
  document.title = `${state.labelled} of ${state.photos} · graft label`;
  if (classes !== JSON.stringify(state.classes.map((c) => c.name))) for (const i of wall.items.keys()) dress(i);
  refreshItems();
  const moved = state.version !== seenVersion;
  seenFits = state.fits;
  seenVersion = state.version;
  if (first) return order(true);
  if (moved && !reorder) {
    const later = () => {
      if (performance.now() - scrolled < 400 && id("view").value !== "ask") { // nobody who scrolls waits for an order
        reorder = setTimeout(later, 400);
        return;
      }
      reorder = null;
      order(false);
    };
    reorder = setTimeout(later, id("view").value === "ask" ? 60 : state.photos > 20000 ? 3000 : 600);
  }
}
let seenVersion = -1;

function listen() {
  const events = new EventSource(here + "/events");
  let lost = false;
  events.onmessage = (e) => {
    if (lost) say("graft answers again.");
    lost = false;
    taken(JSON.parse(e.data));
  };
  events.onerror = () => {
    lost = true;
    say("graft does not answer: is it still running? This page tries again.", true);
  };
}

id("wall").addEventListener("scroll", repaint, {passive: true});
id("wall").addEventListener("click", pickWith);
id("wall").addEventListener("dblclick", (e) => e.target.closest(".tile") && zoomShow());
addEventListener("resize", () => lay());
document.addEventListener("keydown", keydown);
const anew = () => {
  wall.at = -1;
  wall.picked.clear();
  order(true);
};
id("view").addEventListener("change", anew);
let searching;
id("search").addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(anew, 200);
});
id("fresh").addEventListener("click", anew);
id("undo").addEventListener("click", () => back("undo"));
id("help").addEventListener("click", showKeys);
id("done").addEventListener("click", showFinish);
id("new").addEventListener("click", newClass);
id("edit").addEventListener("click", editClass);
id("skip").addEventListener("click", () => give(selected(), "", "skip"));
id("none").addEventListener("click", () => give(selected(), "", "none"));
const wantedView = new URLSearchParams(location.search).get("view");
if (wantedView) id("view").value = wantedView;
id("wall").focus({preventScroll: true});
listen();
