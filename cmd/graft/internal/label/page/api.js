"use strict";
// What the page asks the program for. Names of files and classes only ever become text.
const id = (name) => document.getElementById(name);
const here = location.pathname.replace(/\/$/, "");

function make(tag, name, text) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
}

// A Wrong is what the program says no to, in words.
class Wrong extends Error {}

async function ask(path, body) {
  const o = body === undefined ? {} : {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)};
  let r;
  try {
    r = await fetch(here + path, o);
  } catch (e) {
    throw new Wrong("graft does not answer: is it still running?");
  }
  const answer = await r.json().catch(() => ({}));
  if (!r.ok) throw new Wrong(answer.error || "graft answers with status " + r.status);
  return answer;
}

function say(text, wrong) {
  id("said").textContent = text;
  id("said").className = wrong ? "wrong" : "";
}

function guarded(f) {
  return async (...a) => {
    try {
      return await f(...a);
    } catch (e) {
      if (!(e instanceof Wrong)) throw e;
      say(e.message, true);
    }
  };
}

// Colours of classes: hues far from one another, as strong in light as in dark.
const colour = (c) => c < 0 ? "var(--soft)" : `hsl(${(c * 137.5 + 150) % 360} 55% 45%)`;

let state = {classes: [], questions: [], trouble: [], live: {}, jobs: []};
const nameOf = (c) => (state.classes.find((k) => k.id === c) || {name: ""}).name;

// keysOf gives each class its keys: 1 to 9, and a letter of its name that is free.
function keysOf() {
  const taken = new Set(), keys = new Map();
  state.classes.forEach((c, i) => {
    const list = i < 9 ? [String(i + 1)] : [];
    const letter = [...c.name.toLowerCase(), ..."abcdefghijklmnopqrstuvwxyz"].find((l) => /^[a-z]$/.test(l) && !taken.has(l));
    if (letter) {
      taken.add(letter);
      list.push(letter);
    }
    keys.set(c.id, list);
  });
  return keys;
}
