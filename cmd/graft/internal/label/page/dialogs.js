// Dialogs: keys, classes, zoom, and what comes at the end.
const KEYS = [["1–9, letters", "the class of what is selected"], ["Enter", "take the suggestion; keep a doubtful label"], ["Shift+Enter", "take all of 0.95 and more in this group"],
  ["Arrows, Home, End, Page", "move"], ["Shift + those", "select a run"], ["Space", "look closer"], ["-", "skip"], ["0", "none of these"], ["Backspace", "take the label away"],
  ["+", "new class"], ["Ctrl+Z", "undo, without limit"], ["Ctrl+Y", "do again what was undone"], ["/", "search"], ["Esc", "back to the photographs"], ["?", "this list"]];

function showKeys() {
  id("keys-rows").replaceChildren(...KEYS.map(([k, text]) => {
    const tr = make("tr"), td = make("td");
    td.append(make("kbd", "", k));
    tr.append(td, make("td", "", text));
    return tr;
  }));
  open(id("keys"));
}

function open(d) {
  d.returnValue = "";
  if (!d.open) d.showModal();
}

function options(select, list, first) {
  select.replaceChildren(...(first ? [first] : []).concat(list).map(([value, text]) => {
    const o = make("option", "", text);
    o.value = value;
    return o;
  }));
}

let asking = null; // what is done with the answer of the dialog
function askName(title, then, o) {
  id("ask-title").textContent = title;
  id("ask-which-row").hidden = id("ask-into-row").hidden = !o;
  id("ask-name").value = "";
  id("ask-wrong").textContent = "";
  if (o) fillEdit();
  asking = then;
  open(id("ask"));
  id("ask-name").focus();
}

function fillEdit() {
  const list = state.classes.map((c) => [String(c.id), c.name]);
  options(id("ask-which"), list);
  options(id("ask-into"), list, ["", "no other"]);
}

const newClass = () => askName("New class", async () => {
  const name = id("ask-name").value.trim();
  await ask("/act", {do: "class", label: name});
  if (wall.picked.size && wall.picked.size < wall.flat.length) say(`New class ${name}; it has a key now.`);
});

const editClass = () => askName("Rename or merge", async () => {
  const label = nameOf(Number(id("ask-which").value)), into = id("ask-into").value;
  const a = into === "" ? {do: "rename", label, to: id("ask-name").value.trim()} : {do: "merge", label, to: nameOf(Number(into))};
  say((await ask("/act", a)).said);
}, true);

id("ask-form").addEventListener("submit", async (e) => {
  if (e.submitter && e.submitter.value === "cancel") return;
  e.preventDefault();
  try {
    await asking();
    id("ask").close();
    id("wall").focus({preventScroll: true});
  } catch (err) {
    if (!(err instanceof Wrong)) throw err;
    id("ask-wrong").textContent = err.message;
  }
});

const zoomed = () => id("zoom").open;

function zoomShow() {
  const i = wall.flat[wall.at];
  if (i === undefined) return;
  id("zoom-photo").src = here + "/photo/" + i;
  id("zoom-crop").src = here + "/crop/" + i;
  zoomText();
  open(id("zoom"));
}

function zoomText() {
  const item = wall.items.get(wall.flat[wall.at]);
  if (!item) return load([wall.flat[wall.at]]);
  id("zoom-title").textContent = item.path;
  id("zoom-photo").alt = item.path;
  id("zoom-crop").alt = "the crop of " + item.path;
  id("zoom-text").textContent = item.why || (item.kind === "labelled" ? nameOf(item.class) : item.kind ? item.kind : item.guess >= 0 ? `${nameOf(item.guess)}? ${item.p.toFixed(3)}` : "no label, no suggestion");
}

const PRODUCTS = [["head", "Save head"], ["report", "Report"], ["export", "Export"], ["copy", "Copy into folders"], ["link", "Link into folders"], ["serve", "Open in serve"]];

function showFinish() {
  id("products").replaceChildren(...PRODUCTS.map(([what, text]) => {
    const b = make("button", what === "head" ? "" : "plain", text);
    b.type = "button";
    b.dataset.what = what;
    b.onclick = guarded(async () => {
      await ask("/make", {what});
    });
    return b;
  }));
  showMade();
  open(id("finish"));
}

function showMade() {
  const running = (state.jobs || []).some((j) => j.running);
  for (const b of id("products").children) b.disabled = running;
  id("made").replaceChildren(...(state.jobs || []).slice().reverse().map((j) => {
    const li = make("li", j.failed ? "wrong" : "", j.running ? j.name + " …" : j.said);
    if (j.link) {
      const a = make("a", "", " Open");
      a.href = j.link;
      a.target = "_blank";
      a.rel = "noopener noreferrer";
      li.append(a);
    }
    return li;
  }));
}
