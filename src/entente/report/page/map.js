"use strict";
// Draws one story on a canvas. Positions become Mercator metres-on-a-unit-earth around the middle of the story (x east,
// y south), once; a view is one scale and one shift, so moving the map costs no arithmetic per point.
(() => {
const S = JSON.parse(document.getElementById("story").textContent);
const $ = (id) => document.getElementById(id);
const RAD = Math.PI / 180, EARTH = 6378137, UNIT = 1e5;
const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

// ---- colours: Okabe and Ito (2008), told apart by every common kind of colour vision --------------------------------
const PARTY = ["#0072b2", "#cc79a7", "#e69f00", "#56b4e9", "#b8a800", "#7f7f7f"];
const PARTY_DARK = ["#4aa8e8", "#e39bc4", "#f2b134", "#8ad0f5", "#f0e442", "#a8a8a8"];
const STANDING = {"no objection": "#009e73", concurred: "#009e73", notified: "#56b4e9", noticed: "#e69f00", unopposed: "#e69f00",
  objected: "#d55e00", withdrawn: "#8a8a8a", "": "#8a8a8a"};
const AREA = {restricted: "#e69f00", "no fly": "#d55e00", "humanitarian corridor": "#009e73", "others forces present": "#666666",
  "coordination required": "#0072b2"};
const SITE = "#00785a", LETTER = {medical: "M", school: "S", "water and power": "W", "food and relief": "F", "displaced persons": "D",
  worship: "R", cultural: "C", "humanitarian office": "H", "humanitarian movement": "V", "other civilian": "O"};
let ink = {};
const party = (i) => (dark() ? PARTY_DARK : PARTY)[i < 0 ? 5 : i % 6];
// "no objection, final" stands as "no objection" does; the word tells the rest.
const standingColour = (name) => STANDING[name.split(",")[0]] || "#8a8a8a";
const STOPPED = "#c00000"; // a STOP goes before whatever else stands
const ringColour = (s) => (s[1].includes("STOP") ? STOPPED : standingColour(s[2]));
const dark = () => document.documentElement.dataset.theme === "dark";

// ---- the earth ------------------------------------------------------------------------------------------------------
const mid = (S.frame[0] + S.frame[2]) / 2;
const merc = (lat) => -Math.asinh(Math.tan(Math.max(-85, Math.min(85, lat)) * RAD));
const midY = merc((S.frame[1] + S.frame[3]) / 2);
const X = (lon) => (lon - mid) * RAD, Y = (lat) => merc(lat) - midY;
const LON = (x) => x / RAD + mid, LAT = (y) => Math.atan(Math.sinh(-(y + midY))) / RAD;
const units = (metres, lat) => metres / (EARTH * Math.max(0.05, Math.cos(lat * RAD)));

function decode(flat, unit) {
  const points = []; let x = 0, y = 0;
  for (let i = 0; i < flat.length; i += 2) { x += flat[i]; y += flat[i + 1]; points.push([x / unit, y / unit]); }
  return points;
}
// Edges are geodesics. On a map this small a great circle of the sphere lies within a line's width of one.
function along(a, b, f) {
  const [l1, p1, l2, p2] = [a[0] * RAD, a[1] * RAD, b[0] * RAD, b[1] * RAD];
  const h = Math.sin((p2 - p1) / 2) ** 2 + Math.cos(p1) * Math.cos(p2) * Math.sin((l2 - l1) / 2) ** 2;
  const d = 2 * Math.asin(Math.min(1, Math.sqrt(h)));
  if (d < 1e-9) return a;
  const A = Math.sin((1 - f) * d) / Math.sin(d), B = Math.sin(f * d) / Math.sin(d);
  const x = A * Math.cos(p1) * Math.cos(l1) + B * Math.cos(p2) * Math.cos(l2);
  const y = A * Math.cos(p1) * Math.sin(l1) + B * Math.cos(p2) * Math.sin(l2);
  const z = A * Math.sin(p1) + B * Math.sin(p2);
  let lon = Math.atan2(y, x) / RAD; lon += 360 * Math.round((a[0] - lon) / 360);
  return [lon, Math.atan2(z, Math.hypot(x, y)) / RAD];
}
function dense(points, closed) {
  const ring = closed ? [...points, points[0]] : points, out = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const a = ring[i], b = ring[i + 1];
    const n = Math.max(1, Math.ceil(Math.hypot((b[0] - a[0]) * Math.cos(a[1] * RAD), b[1] - a[1]) / 0.5));
    for (let k = 0; k < n; k++) out.push(k ? along(a, b, k / n) : a);
  }
  if (ring.length) out.push(ring[ring.length - 1]);
  return out;
}
function around([lon, lat], metres) {
  const points = [], d = metres / EARTH, p = lat * RAD;
  for (let i = 0; i <= 72; i++) {
    const az = i * 5 * RAD, s = Math.asin(Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(az));
    points.push([lon + Math.atan2(Math.sin(az) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * Math.sin(s)) / RAD, s / RAD]);
  }
  return points;
}
function trace(path, points) {
  points.forEach(([lon, lat], i) => (i ? path.lineTo(X(lon), Y(lat)) : path.moveTo(X(lon), Y(lat))));
}
// A shape, drawn once: its path, the width of its stroke [units] for corridors, its box and a middle for its label.
function drawn([kind, size, flat, ...holes]) {
  const points = decode(flat, UNIT), path = new Path2D();
  const one = kind === 1 || (kind === 2 && points.length === 1);
  const line = one ? around(points[0], size) : dense(points, kind === 0);
  trace(path, line);
  if (kind !== 2 || one) path.closePath();
  for (const hole of holes) { trace(path, dense(decode(hole, UNIT), true)); path.closePath(); }
  const centre = points.reduce((s, p) => [s[0] + p[0] / points.length, s[1] + p[1] / points.length], [0, 0]);
  return {path, points, line, centre, width: kind === 2 && !one ? 2 * units(size, centre[1]) : 0};
}

// ---- what the story holds -------------------------------------------------------------------------------------------
const plans = S.plans.map((p, i) => {
  const start = Math.min(...p.volumes.map((v) => v[0])), end = Math.max(...p.volumes.map((v) => v[0] + v[1]));
  return {...p, i, start, end, shapes: new Array(p.volumes.length)};
});
const shapeOf = (p, j) => (p.shapes[j] ||= drawn(p.volumes[j].slice(3)));
const areas = S.areas.map((a) => ({...a, ...drawn(a.shape)}));
const sites = S.sites.map((s, i) => ({...s, i, lon: s.place && s.place[0] / UNIT, lat: s.place && s.place[1] / UNIT,
  foot: s.shape && drawn(s.shape)}));
const findings = S.findings.map((f, i) => ({...f, i, lon: f.place && f.place[0] / UNIT, lat: f.place && f.place[1] / UNIT}));
const land = S.base.land.map((rings) => { const p = new Path2D(); rings.forEach((r) => trace(p, decode(r, 1000))); return p; });
const borders = new Path2D(); S.base.borders.forEach((l) => trace(borders, decode(l, 1000)));
let routes = null;
function routePaths() {
  if (routes) return routes;
  routes = new Map();
  for (const p of plans) {
    if (!routes.has(p.party)) routes.set(p.party, new Path2D());
    p.volumes.forEach((v, j) => routes.get(p.party).addPath(shapeOf(p, j).path));
  }
  return routes;
}
const standingAt = (p, t) => { let s = null; for (const x of p.standings) if (x[0] <= t) s = x; return s; };
// What has been withdrawn, ended or replaced by a newer version is drawn as a ghost: it was meant, and is no longer.
const OVER = ["withdrawn", "ended", "replaced"];
const over = (p, t) => { const s = standingAt(p, t); return s && OVER.includes(s[1]) ? s[1] : ""; };
const state = (p, t) => { const s = standingAt(p, t); return !s ? "" : over(p, t) || [s[1], s[2]].filter((w) => w && w !== "planned" && w !== "active").join(" · "); };
const labelOf = (p) => p.call || p.title;

// ---- view -----------------------------------------------------------------------------------------------------------
const canvas = $("map");
let ctx = canvas.getContext("2d"), W = 1, H = 1, dpr = 1, k = 1, tx = 0, ty = 0, now = 0, picked = null, showRoutes = true, showNames = true, queued = false;
const SX = (lon) => X(lon) * k + tx, SY = (lat) => Y(lat) * k + ty;
function dirty() { if (!queued) { queued = true; requestAnimationFrame(() => { queued = false; draw(); }); } }
function resize() {
  const box = canvas.parentElement.getBoundingClientRect();
  if (box.width && box.height) sized(box.width, box.height, window.devicePixelRatio || 1);
}
function sized(width, height, ratio) {
  const cx = LON((W / 2 - tx) / k), cy = LAT((H / 2 - ty) / k), first = W === 1;
  if (!first) k *= Math.min(width / W, height / H) ** 0.5;
  [W, H, dpr] = [width, height, ratio];
  canvas.width = Math.round(W * dpr); canvas.height = Math.round(H * dpr);
  if (first) fit(); else { tx = W / 2 - X(cx) * k; ty = H / 2 - Y(cy) * k; }
  ticks(); dirty();
}
function frameTo(w, s, e, n) {
  const [x0, x1, y0, y1] = [X(w), X(e), Y(n), Y(s)];
  k = Math.min(W / Math.max(1e-9, x1 - x0), H / Math.max(1e-9, y1 - y0), 5e6);
  tx = W / 2 - (x0 + x1) / 2 * k; ty = H / 2 - (y0 + y1) / 2 * k;
}
function fit() {
  // The packed frame carries a generous margin; the first view takes back most of it.
  const [w, s, e, n] = S.frame, dx = (e - w) * 0.12, dy = (n - s) * 0.12;
  frameTo(w + dx, s + dy, e - dx, n - dy); dirty();
}
function zoom(factor, x = W / 2, y = H / 2) {
  const to = Math.max(30, Math.min(6e7, k * factor)), f = to / k;
  tx = x - (x - tx) * f; ty = y - (y - ty) * f; k = to; dirty();
}
function look(lon, lat, least) { if (k < least) k = least; tx = W / 2 - X(lon) * k; ty = H / 2 - Y(lat) * k; dirty(); }

// ---- drawing --------------------------------------------------------------------------------------------------------
let boxes = [], hits = [];
const free = (x, y, w, h) => { if (boxes.some((b) => x < b[0] + b[2] && b[0] < x + w && y < b[1] + b[3] && b[1] < y + h)) return false; boxes.push([x, y, w, h]); return true; };
function text(label, x, y, {size = 12, weight = 500, colour = ink.ink, align = "left", force = false} = {}) {
  ctx.font = `${weight} ${size}px system-ui, "Noto Sans", sans-serif`;
  const w = ctx.measureText(label).width, left = align === "center" ? x - w / 2 : x;
  if (!force && !free(left - 2, y - size, w + 4, size + 4)) return false;
  ctx.lineWidth = 3; ctx.lineJoin = "round"; ctx.strokeStyle = ink.halo; ctx.fillStyle = colour; ctx.textAlign = "left";
  ctx.strokeText(label, left, y); ctx.fillText(label, left, y); return true;
}
// Labels wait until every mark is drawn, and then find room beside their mark, the most important first.
let labels = [];
const label = (rank, text, x, y, options = {}) => labels.push({rank, text, x, y, ...options});
function drawLabels() {
  screen(); labels.sort((a, b) => a.rank - b.rank);
  for (const l of labels) {
    const size = l.size || 12, gap = l.gap ?? 12;
    ctx.font = `${l.weight || 500} ${size}px system-ui, "Noto Sans", sans-serif`;
    const w = ctx.measureText(l.text).width;
    ctx.font = '500 11px system-ui, "Noto Sans", sans-serif';
    const second = l.under ? ctx.measureText(l.under).width : 0, wide = Math.max(w, second), high = size + (l.under ? size : 0);
    const spots = l.centred ? [[-wide / 2, size / 3], [-wide / 2, -14], [-wide / 2, 24]] : [[gap, size / 3], [-gap - wide, size / 3], [-wide / 2, -gap - high + size - 3], [-wide / 2, gap + size],
      ...(l.rank > 1 ? [] : [[gap, -gap], [gap, gap + size], [-gap - wide, -gap], [-gap - wide, gap + size], [gap + 24, size / 3], [-gap - wide - 24, size / 3], [-wide / 2, -gap - 40], [-wide / 2, gap + 40]])];
    const spot = spots.find(([dx, dy]) => free(l.x + dx - 2, l.y + dy - size, wide + 4, high + 4)) || (l.force && spots[0]);
    if (!spot) continue;
    const shift = spot[0] < -wide ? 1 : spot[0] < 0 ? 0.5 : 0; // flush with the side that faces the mark
    text(l.text, l.x + spot[0] + (wide - w) * shift, l.y + spot[1], {...l, force: true});
    if (l.under) text(l.under, l.x + spot[0] + (wide - second) * shift, l.y + spot[1] + size, {size: 11, colour: ink.soft, force: true});
  }
}
const world = () => ctx.setTransform(dpr * k, 0, 0, dpr * k, dpr * tx, dpr * ty);
const screen = () => ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
function draw() {
  boxes = []; hits = []; labels = [];
  backdrop(); drawAreas();
  const shown = drawVolumes(); drawSites(); drawCraft(shown); drawPlaces(); drawFindings(); countryNames(); drawLabels(); scaleBar();
}
// What does not change with time is kept as a picture, so that playing costs only what moves.
const front = ctx, back = document.createElement("canvas");
let kept = "", paper0 = "", view0 = null, settling = 0;
function backdrop() {
  const paper = [W, H, dpr, dark(), showRoutes].join(), key = [paper, k, tx, ty].join();
  if (key !== kept && paper === paper0 && plans.length > 150 && settling !== -1) {
    // Thousands of lines take too long for every frame of a drag: move the old picture, and draw a new one at rest.
    const f = k / view0[0];
    screen(); ctx.fillStyle = ink.bg; ctx.fillRect(0, 0, W, H);
    ctx.drawImage(back, tx - view0[1] * f, ty - view0[2] * f, W * f, H * f);
    clearTimeout(settling); settling = setTimeout(() => { settling = -1; draw(); settling = 0; }, 120);
    return;
  }
  if (key !== kept) {
    kept = key; paper0 = paper; view0 = [k, tx, ty]; back.width = canvas.width; back.height = canvas.height;
    ctx = back.getContext("2d"); earth(); ctx = front;
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0); ctx.drawImage(back, 0, 0);
}
function earth() {
  screen(); ctx.fillStyle = ink.bg; ctx.fillRect(0, 0, W, H);
  // Beyond the packed piece of the earth nothing is known, so nothing is drawn: no sea where there may be land.
  const [w, s, e, n] = S.land; ctx.fillStyle = ink.sea; ctx.fillRect(SX(w), SY(n), SX(e) - SX(w), SY(s) - SY(n));
  world(); ctx.fillStyle = ink.land; ctx.strokeStyle = ink.coast; ctx.lineWidth = 0.8 / k;
  for (const p of land) { ctx.fill(p, "evenodd"); ctx.stroke(p); }
  ctx.strokeStyle = ink.border; ctx.lineWidth = 1.3 / k; ctx.setLineDash([6 / k, 3 / k, 1 / k, 3 / k]); ctx.stroke(borders); ctx.setLineDash([]);
  graticule();
  if (showRoutes) drawRoutes();
}
function graticule() {
  screen();
  const w = LON(-tx / k), e = LON((W - tx) / k), s = LAT((H - ty) / k), n = LAT(-ty / k);
  const step = [30, 20, 10, 5, 2, 1, 0.5, 0.25, 1 / 6, 1 / 12, 1 / 60].find((d) => (e - w) / d > 3.2) || 1 / 60;
  ctx.strokeStyle = ink.grid; ctx.lineWidth = 1; ctx.beginPath();
  const tag = (v, pos, neg) => { const a = Math.abs(v), d = Math.floor(a + 1e-9), m = Math.round((a - d) * 60); return d + "°" + (m ? String(m).padStart(2, "0") + "'" : "") + (Math.abs(v) < 1e-9 ? "" : v > 0 ? pos : neg); };
  const tags = [];
  for (let i = Math.ceil(w / step); i * step <= e; i++) { const x = Math.round(SX(i * step)) + 0.5; ctx.moveTo(x, 0); ctx.lineTo(x, H); tags.push([tag(((i * step + 540) % 360) - 180, "E", "W"), x + 3, H - 26]); }
  for (let i = Math.ceil(s / step); i * step <= n; i++) { const y = Math.round(SY(i * step)) + 0.5; ctx.moveTo(0, y); ctx.lineTo(W, y); tags.push([tag(i * step, "N", "S"), 52, y - 3]); }
  ctx.stroke();
  for (const [label, x, y] of tags) text(label, x, y, {size: 10.5, weight: 400, colour: ink.soft, force: true});
}
const hatches = new Map();
function hatch(colour) {
  const key = colour + dpr;
  if (!hatches.has(key)) {
    const tile = document.createElement("canvas"); tile.width = tile.height = 9 * dpr;
    const c = tile.getContext("2d"); c.scale(dpr, dpr); c.strokeStyle = colour; c.globalAlpha = 0.5; c.lineWidth = 1.2;
    for (const o of [-9, 0, 9]) { c.beginPath(); c.moveTo(o - 1, 10); c.lineTo(o + 10, -1); c.stroke(); }
    const made = ctx.createPattern(tile, "repeat"); made.setTransform(new DOMMatrix().scale(1 / dpr)); hatches.set(key, made);
  }
  return hatches.get(key);
}
const alive = (a) => a.from === undefined || (a.from <= now && now < a.to);
function drawAreas() {
  for (const a of areas) {
    const colour = AREA[a.class] || "#666", on = alive(a);
    ctx.globalAlpha = on ? 1 : 0.35;
    if (a.width) { world(); ctx.lineCap = ctx.lineJoin = "round"; ctx.strokeStyle = colour; ctx.globalAlpha *= 0.25; ctx.lineWidth = Math.max(a.width, 4 / k); ctx.stroke(a.path); ctx.globalAlpha = on ? 1 : 0.35; }
    else { screen(); const p = new Path2D(); p.addPath(a.path, new DOMMatrix([k, 0, 0, k, tx, ty])); ctx.fillStyle = hatch(colour); if (on) ctx.fill(p, "evenodd"); }
    world(); ctx.strokeStyle = colour; ctx.lineWidth = (picked === a ? 3.5 : 1.8) / k; if (!on) ctx.setLineDash([5 / k, 5 / k]); ctx.stroke(a.path); ctx.setLineDash([]);
    ctx.globalAlpha = 1; screen();
    if (showNames && on) label(3, `${a.title} · ${a.class}`, SX(a.centre[0]), SY(a.centre[1]), {size: 11.5, weight: 600, centred: true});
    hits.push({area: a});
  }
}
function drawRoutes() {
  world(); ctx.lineCap = ctx.lineJoin = "round"; ctx.globalAlpha = plans.length > 150 ? 0.12 : 0.4; ctx.lineWidth = 1.2 / k; ctx.setLineDash([4 / k, 4 / k]);
  if (plans.length > 150) ctx.setLineDash([]);
  for (const [i, path] of routePaths()) { ctx.strokeStyle = party(i); ctx.stroke(path); }
  ctx.setLineDash([]); ctx.globalAlpha = 1;
}
function drawSites() {
  screen();
  const seen = sites.filter((s) => s.place && SX(s.lon) > -200 && SX(s.lon) < W + 200 && SY(s.lat) > -200 && SY(s.lat) < H + 200);
  const small = seen.length > 400;
  for (const s of seen) {
    const x = SX(s.lon), y = SY(s.lat), per = units(1, s.lat) * k, kept = s.buffer + s.doubt;
    const expired = s.expires !== undefined && s.expires <= now;
    if (kept * per > 9) { ctx.beginPath(); ctx.arc(x, y, kept * per, 0, 7); ctx.fillStyle = SITE; ctx.globalAlpha = 0.1; ctx.fill(); ctx.globalAlpha = 1; ctx.strokeStyle = SITE; ctx.lineWidth = 1; ctx.setLineDash([3, 3]); ctx.stroke(); }
    if (s.doubt * per > 9) { ctx.beginPath(); ctx.arc(x, y, s.doubt * per, 0, 7); ctx.setLineDash([1, 3]); ctx.strokeStyle = SITE; ctx.stroke(); }
    ctx.setLineDash([]);
    if (s.foot) { world(); ctx.strokeStyle = SITE; ctx.lineWidth = 1.5 / k; ctx.stroke(s.foot.path); screen(); }
    siteMark(ctx, x, y, small ? 2.5 : 8, small ? "" : LETTER[s.category] || "O", expired, picked === s);
    hits.push({site: s, x, y, r: small ? 5 : 10});
    if (!small) boxes.push([x - 9, y - 9, 18, 18]);
    if (showNames && !small && k > 3500) label(picked === s ? 0 : 2, s.title, x, y, {size: 11, force: picked === s});
  }
}
function siteMark(c, x, y, r, letter, hollow, ring) {
  c.fillStyle = hollow ? "#fff" : SITE; c.strokeStyle = ring ? "#000" : hollow ? SITE : "#fff"; c.lineWidth = ring ? 3 : 1.5;
  c.beginPath(); c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y); c.closePath();
  if (letter) { c.beginPath(); c.roundRect(x - r, y - r, 2 * r, 2 * r, 3); }
  c.fill(); if (letter || ring) c.stroke();
  if (letter) { c.fillStyle = hollow ? SITE : "#fff"; c.font = `700 ${r * 1.4}px system-ui, sans-serif`; c.textAlign = "center"; c.fillText(letter, x, y + r * 0.52); }
}
// Where a plan is at a time: along the corridor that holds the time, else the middle of the volume that does.
function spot(p, j, t) {
  const v = p.volumes[j], line = shapeOf(p, j).line;
  if (v[3] !== 2 || shapeOf(p, j).points.length === 1) return {at: shapeOf(p, j).centre, turn: null};
  const f = Math.max(0, Math.min(0.99999, (t - v[0]) / v[1])), lengths = line.slice(1).map((b, i) => Math.hypot((b[0] - line[i][0]) * Math.cos(b[1] * RAD), b[1] - line[i][1]));
  let rest = f * lengths.reduce((a, b) => a + b, 0), i = 0;
  while (i < lengths.length - 1 && rest > lengths[i]) rest -= lengths[i++];
  const a = line[i], b = line[i + 1], g = lengths[i] ? rest / lengths[i] : 0;
  return {at: [a[0] + (b[0] - a[0]) * g, a[1] + (b[1] - a[1]) * g], turn: Math.atan2(Y(b[1]) - Y(a[1]), X(b[0]) - X(a[0]))};
}
const MARKERS = [(c, r) => { c.moveTo(r * 1.35, 0); c.lineTo(-r, r * 0.85); c.lineTo(-r * 0.5, 0); c.lineTo(-r, -r * 0.85); },
  (c, r) => { c.moveTo(r * 1.3, 0); c.lineTo(0, r * 0.85); c.lineTo(-r, 0); c.lineTo(0, -r * 0.85); },
  (c, r) => c.rect(-r * 0.8, -r * 0.8, 1.6 * r, 1.6 * r), (c, r) => c.arc(0, 0, r * 0.9, 0, 7)];
function craft(c, x, y, turn, p, colour, ring, r = 8) {
  c.save(); c.translate(x, y);
  c.beginPath(); c.arc(0, 0, r * 1.65, 0, 7); c.strokeStyle = ring; c.lineWidth = 2.5; c.stroke();
  c.rotate(turn || 0); c.beginPath(); MARKERS[Math.max(0, p) % 4](c, r); c.closePath();
  c.fillStyle = colour; c.fill(); c.strokeStyle = "#fff"; c.lineWidth = 1; c.stroke(); c.restore();
}
function drawVolumes() {
  const shown = [];
  ctx.lineCap = ctx.lineJoin = "round";
  for (const p of plans) {
    const chosen = picked === p;
    if (!chosen && (p.start > now || p.end <= now)) continue;
    const colour = party(p.party), ghost = !chosen && over(p, now); let first = true;
    p.volumes.forEach((v, j) => {
      const on = v[0] <= now && now < v[0] + v[1];
      if (!on && !chosen) return;
      const s = shapeOf(p, j); world();
      ctx.strokeStyle = ctx.fillStyle = colour;
      if (ghost) { ctx.globalAlpha = 0.45; ctx.lineWidth = 1.5 / k; ctx.setLineDash([3 / k, 5 / k]); ctx.stroke(s.path); ctx.setLineDash([]); ctx.globalAlpha = 1; }
      else if (s.width) { ctx.globalAlpha = on ? 0.38 : 0.14; ctx.lineWidth = Math.max(s.width, 3 / k); ctx.stroke(s.path); ctx.globalAlpha = 1; ctx.lineWidth = (chosen ? 2.5 : 1.5) / k; ctx.stroke(s.path); }
      else { ctx.globalAlpha = on ? 0.25 : 0.08; ctx.fill(s.path, "evenodd"); ctx.globalAlpha = 1; ctx.lineWidth = (chosen ? 3 : 1.6) / k; ctx.stroke(s.path); }
      screen(); hits.push({plan: p, volume: s});
      if (on && first) { first = false; shown.push([p, v, spot(p, j, now)]); }
    });
  }
  return shown;
}
function drawCraft(shown) {
  const busy = plans.length > 150;
  for (const [p, , q] of shown) {
    const x = SX(q.at[0]), y = SY(q.at[1]), st = standingAt(p, now);
    ctx.globalAlpha = over(p, now) ? 0.45 : 1;
    craft(ctx, x, y, q.turn, p.party, party(p.party), st && !over(p, now) ? ringColour(st) : "transparent", busy ? 6 : 8);
    ctx.globalAlpha = 1;
    hits.push({plan: p, x, y, r: 14});
    boxes.push([x - 12, y - 12, 24, 24]);
  }
  if (showNames && (!busy || k > 4000)) for (const [p, v, q] of shown)
    label(picked === p ? 0 : over(p, now) ? 2 : 1, labelOf(p), SX(q.at[0]), SY(q.at[1]), {size: 12.5, weight: 700, gap: 17, force: picked === p, under: busy ? "" : [state(p, now), over(p, now) ? "" : S.bands[v[2]]].filter(Boolean).join(" · ")});
}
// Whether a finding is about this moment, and about a plan that still stands.
const standsNow = (f, t = now) => (f.from === undefined || (f.from <= t && t < f.to)) && !(f.plan >= 0 && over(plans[f.plan], t));
// Whether a finding's plan was not yet known at this moment, or is over: it is marked by a dot, and a flag when chosen.
const settled = (f) => f.plan >= 0 && plans[f.plan].standings.length > 0 && (!standingAt(plans[f.plan], now) || over(plans[f.plan], now) !== "");
function drawFindings() {
  screen();
  findings.forEach((f) => {
    if (!f.place) return;
    const on = standsNow(f), px = SX(f.lon), py = SY(f.lat);
    if (px < -50 || py < -50 || px > W + 50 || py > H + 50) return;
    if (settled(f) && f.site >= 0 && picked !== f) return; // the site's own mark stands there
    if ((findings.length > 60 && !on || settled(f)) && picked !== f) { findingMark(ctx, px, py, 0, false, false); hits.push({finding: f, x: px, y: py, r: 6}); return; }
    // A flag beside the place, on a stem, so that it hides neither the site nor its neighbours.
    const [dx, dy] = FLAGS.find(([a, b]) => free(px + a - 11, py + b - 11, 22, 22)) || FLAGS[0], x = px + dx, y = py + dy;
    ctx.strokeStyle = ink.alarm; ctx.lineWidth = 1.5; const clear = f.site < 0 ? 0 : 9 / Math.hypot(dx, dy);
    ctx.beginPath(); ctx.moveTo(px + dx * clear, py + dy * clear); ctx.lineTo(x, y); ctx.stroke();
    if (!clear) { ctx.fillStyle = ink.alarm; ctx.beginPath(); ctx.arc(px, py, 2.5, 0, 7); ctx.fill(); }
    findingMark(ctx, x, y, f.i + 1, on, picked === f);
    hits.push({finding: f, x, y, r: 13});
  });
}
const FLAGS = [0, 1, 2].flatMap((ring) => [-90, -45, -135, 0, 180, 45, 135, 90].map((a) => [Math.cos(a * RAD) * (25 + 23 * ring), Math.sin(a * RAD) * (25 + 23 * ring)]));
function findingMark(c, x, y, number, on, chosen, size = 11) {
  c.globalAlpha = number ? 1 : 0.35;
  c.fillStyle = on ? ink.alarm : ink.panel; c.strokeStyle = ink.alarm; c.lineWidth = chosen ? 4 : 2;
  const r = number ? size : 4;
  c.beginPath(); for (let i = 0; i < 8; i++) { const a = (i + 0.5) * Math.PI / 4; c.lineTo(x + r * Math.cos(a), y + r * Math.sin(a)); } c.closePath(); c.fill(); c.stroke();
  if (r > 5) { c.fillStyle = on ? (dark() ? "#000" : "#fff") : ink.alarm; c.font = `700 ${number > 99 || size < 11 ? 9 : 11}px system-ui, sans-serif`; c.textAlign = "center"; c.fillText(number, x, y + (size < 11 ? 3 : 4)); }
  c.globalAlpha = 1;
}
function drawPlaces() {
  screen();
  for (const [name, x, y] of S.places) {
    const px = SX(x / UNIT), py = SY(y / UNIT);
    ctx.beginPath(); ctx.arc(px, py, 4, 0, 7); ctx.fillStyle = ink.panel; ctx.fill(); ctx.strokeStyle = ink.ink; ctx.lineWidth = 1.5; ctx.stroke();
    boxes.push([px - 5, py - 5, 10, 10]);
    if (showNames) label(2.5, name, px, py, {size: 11, weight: 600, colour: ink.soft, gap: 8});
  }
}
function countryNames() {
  if (!showNames) return;
  for (const [name, x, y, size] of [...S.base.names].sort((a, b) => b[3] - a[3])) {
    if (size * (k * RAD) ** 2 < 9000) continue;
    label(4, name.toUpperCase(), SX(x / 1000), SY(y / 1000), {size: 12.5, weight: 400, colour: ink.soft, centred: true});
  }
}
function scaleBar() {
  const perPixel = 1 / (units(1, LAT((H / 2 - ty) / k)) * k), most = 120 * perPixel / 1852;
  const step = 10 ** Math.floor(Math.log10(most)), nm = [5, 2, 1].map((n) => n * step).find((n) => n <= most) || step;
  const wide = nm * 1852 / perPixel, x = W - wide - 12, y = H - 12;
  ctx.strokeStyle = ink.ink; ctx.lineWidth = 1.5; ctx.beginPath(); ctx.moveTo(x, y - 5); ctx.lineTo(x, y); ctx.lineTo(x + wide, y); ctx.lineTo(x + wide, y - 5); ctx.stroke();
  text(`${nm < 1 ? +nm.toPrecision(1) : nm} NM · ${(nm * 1.852).toPrecision(2) * 1} km`, x + wide / 2, y - 7, {size: 11.5, align: "center", force: true});
}

// ---- reading a position ---------------------------------------------------------------------------------------------
const dms = (v, pos, neg, width) => { const t = Math.round(Math.abs(v) * 3600), two = (n) => String(n).padStart(2, "0"); return `${String(Math.floor(t / 3600)).padStart(width, "0")}°${two(Math.floor(t / 60) % 60)}'${two(t % 60)}"${v < 0 ? neg : pos}`; };
// UTM by Krüger's series to the third power of n (good to millimetres in a zone), then the letters of MGRS.
function mgrs(lat, lon) {
  if (lat < -80 || lat > 84) return "";
  lon = ((lon + 540) % 360) - 180;
  let zone = Math.floor((lon + 180) / 6) % 60 + 1;
  if (lat >= 56 && lat < 64 && lon >= 3 && lon < 12) zone = 32;
  if (lat >= 72 && lon >= 0 && lon < 42) zone = [31, 33, 35, 37][lon < 9 ? 0 : lon < 21 ? 1 : lon < 33 ? 2 : 3];
  const f = 1 / 298.257223563, n = f / (2 - f), e = Math.sqrt(f * (2 - f)), p = lat * RAD, l = (lon - (zone * 6 - 183)) * RAD;
  const t = Math.sinh(Math.atanh(Math.sin(p)) - e * Math.atanh(e * Math.sin(p)));
  const xi = Math.atan2(t, Math.cos(l)), eta = Math.asinh(Math.sin(l) / Math.hypot(t, Math.cos(l)));
  const A = EARTH / (1 + n) * (1 + n * n / 4 + n ** 4 / 64), al = [n / 2 - 2 * n * n / 3 + 5 * n ** 3 / 16, 13 * n * n / 48 - 3 * n ** 3 / 5, 61 * n ** 3 / 240];
  let east = eta, north = xi;
  al.forEach((a, i) => { const j = 2 * (i + 1); east += a * Math.cos(j * xi) * Math.sinh(j * eta); north += a * Math.sin(j * xi) * Math.cosh(j * eta); });
  east = 5e5 + 0.9996 * A * east; north = 0.9996 * A * north + (lat < 0 ? 1e7 : 0);
  const band = "CDEFGHJKLMNPQRSTUVWXX"[Math.floor((lat + 80) / 8)], column = ["STUVWXYZ", "ABCDEFGH", "JKLMNPQR"][zone % 3][Math.floor(east / 1e5) - 1];
  const row = (zone % 2 ? "ABCDEFGHJKLMNPQRSTUV" : "FGHJKLMNPQRSTUVABCDE")[Math.floor(north / 1e5) % 20];
  const five = (v) => String(Math.floor(v % 1e5)).padStart(5, "0");
  return `${zone}${band} ${column}${row} ${five(east)} ${five(north)}`;
}
function readOut(x, y) {
  const lon = ((LON((x - tx) / k) + 540) % 360) - 180, lat = LAT((y - ty) / k);
  $("cursor").textContent = [`${lat.toFixed(5)}, ${lon.toFixed(5)}`, `${dms(lat, "N", "S", 2)} ${dms(lon, "E", "W", 3)}`, mgrs(lat, lon)].filter(Boolean).join("   ");
}

// ---- time -----------------------------------------------------------------------------------------------------------
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const iso = (t) => new Date(S.start + t).toISOString();
const dtg = (t) => { const d = new Date(S.start + t), two = (n) => String(n).padStart(2, "0"); return `${two(d.getUTCDate())}${two(d.getUTCHours())}${two(d.getUTCMinutes())}Z${MONTHS[d.getUTCMonth()]}${two(d.getUTCFullYear() % 100)}`; };
const clock = (t) => iso(t).slice(11, 16) + "Z";
function setTime(t, fromSlider) {
  now = Math.max(0, Math.min(S.length, t));
  const stamp = $("now"), small = document.createElement("small"); small.textContent = `${dtg(now)} · UTC`;
  stamp.replaceChildren(iso(now).slice(0, 10) + " " + iso(now).slice(11, 19), small);
  if (!fromSlider) $("time").value = Math.round(now / S.length * 10000);
  $("time").setAttribute("aria-valuetext", dtg(now));
  light(); dirty();
}
let playing = 0;
function play(on) {
  playing = on ? performance.now() : 0;
  $("play").textContent = on ? "❚❚" : "▶"; $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) { if (now >= S.length) setTime(0); requestAnimationFrame(step); }
}
function step(stamp) {
  if (!playing) return;
  const gone = Math.max(0, Math.min(200, stamp - playing)); playing = stamp;
  setTime(now + gone * Number($("speed").value));
  if (now >= S.length) play(false); else requestAnimationFrame(step);
}
function ticks() {
  const c = $("marks"), box = c.getBoundingClientRect(), g = c.getContext("2d"), inset = 8;
  if (!box.width) return;
  c.width = box.width * dpr; c.height = box.height * dpr; g.scale(dpr, dpr);
  const at = (t) => inset + Math.max(0, Math.min(1, t / S.length)) * (box.width - 2 * inset), n = 160, counts = new Array(n).fill(0);
  for (const p of plans) for (let i = Math.max(0, Math.floor(p.start / S.length * n)); i <= Math.min(n - 1, Math.floor(p.end / S.length * n)); i++) counts[i]++;
  const most = Math.max(1, ...counts); g.fillStyle = ink.line;
  counts.forEach((v, i) => { const h = 14 * v / most; g.fillRect(at(i / n * S.length), 15 - h, (box.width - 2 * inset) / n, h); });
  g.fillStyle = ink.soft; for (const e of S.events) { g.beginPath(); g.arc(at(e[0]), 12, 2, 0, 7); g.fill(); }
  g.fillStyle = ink.alarm; for (const f of findings) if (f.from !== undefined) g.fillRect(at(f.from), 1, Math.max(2, at(f.to) - at(f.from)), 5);
}

// ---- the list -------------------------------------------------------------------------------------------------------
const el = (tag, cls, ...children) => { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...children); return e; };
const span = (o) => (o.from === undefined ? "at any time" : `${dtg(o.from)} to ${dtg(o.to)}`);
const short = (o) => `${dtg(o.start)} to ${dtg(o.end)}`;
function badge(label, colour) { const b = el("span", "badge", label); b.style.setProperty("--dot", colour); return b; }
const finders = new Set(findings.map((f) => f.by)).size;
const TABS = {
  Findings: () => findings.map((f) => f.plan === undefined ? {o: f, edge: ink.alarm, title: `${f.i + 1}. ${f.by}`, lines: [f.text]} :
    {o: f, edge: ink.alarm, title: `${f.i + 1}. ${f.plan < 0 ? "a plan" : labelOf(plans[f.plan])} and ${f.title || f.about}`, lines: [`${f.about} · ${f.text}`, span(f) + (f.doubt ? ` · doubt ${f.doubt} m added` : ""), finders > 1 ? `found by ${f.by}` : ""], mark: f.marks}),
  Operations: () => plans.map((p) => ({o: p, edge: party(p.party), title: p.title.startsWith(labelOf(p)) ? p.title : `${p.call} · ${p.title}`,
    badges: (s) => (s ? [[`${s[1]} · ${s[2]}`, ringColour(s)]] : []), lines: [`${S.parties[p.party] || ""} · ${p.kind}, ${p.crew}${p.version > 1 ? ` · version ${p.version}` : ""}`, short(p)]})),
  Sites: () => sites.map((s) => ({o: s, edge: SITE, title: s.title, lines: [[s.category, s.where, s.status === "active" ? "" : s.status].filter(Boolean).join(" · "), s.place ? `${s.lat.toFixed(5)}, ${s.lon.toFixed(5)} · uncertain by ${s.doubt} m` : "place known, position not"], mark: s.expires !== undefined && s.expires <= S.length ? `notification ends ${dtg(s.expires)}; still protected` : ""})),
  Areas: () => areas.map((a) => ({o: a, edge: AREA[a.class] || "#666", title: a.title, lines: [`${a.class} · ${a.band}`, span(a), a.exempt ? `without a finding: ${a.exempt}` : ""]})),
  Timeline: () => S.events.map((e) => ({o: {event: e, from: e[0], to: e[0] + 1}, edge: party(S.parties.indexOf(e[1])), title: e[2], lines: [`${dtg(e[0])}${e[1] ? " · " + e[1] : ""}`]})),
};
let tab = "", cards = [], limit = 200;
function openTab(name) {
  tab = name; limit = 200; $("filter").value = "";
  for (const b of $("tabs").children) b.setAttribute("aria-selected", b.dataset.tab === name);
  list();
}
function list() {
  const wanted = $("filter").value.trim().toLowerCase();
  const rows = TABS[tab]().filter((r) => !wanted || [r.title, ...r.lines, r.mark].join(" ").toLowerCase().includes(wanted));
  cards = rows.slice(0, limit).map((row) => {
    const c = el("button", "card", el("b", "", row.title)); c.style.borderInlineStartColor = row.edge;
    for (const line of row.lines) if (line) c.append(el("small", "", line));
    if (row.mark) c.append(el("small", "mark", row.mark));
    c.addEventListener("click", () => choose(row.o, true));
    return {c, row};
  });
  const box = $("list"); box.replaceChildren(...cards.map((x) => x.c));
  if (!rows.length) box.append(el("p", "none", wanted ? "Nothing in this list matches." : "Nothing to list."));
  if (rows.length > limit) { const more = el("button", "more", `Show more (${rows.length - limit})`); more.onclick = () => { limit += 500; list(); }; box.append(more); }
  light();
}
function light() {
  for (const {c, row} of cards) {
    const o = row.o, from = o.from ?? o.start, to = o.to ?? o.end;
    c.classList.toggle("now", from !== undefined && from <= now && now < to && !(o.by && settled(o)));
    c.classList.toggle("pick", picked === o || Boolean(o.event && picked && picked.event === o.event));
    if (!row.badges) continue;
    const s = standingAt(o, now), key = s ? s.join() : "";
    if (row.key !== key) { row.key = key; c.querySelector(".badge")?.remove(); for (const [l, col] of row.badges(s)) c.children[0].after(badge(l, col)); }
  }
}
function choose(o, move) {
  picked = o;
  const from = o.from ?? o.start, to = o.to ?? o.end;
  if (move) {
    if (from !== undefined && !(from <= now && now < to)) setTime(from + Math.min(1000, (to - from) / 2));
    if (o.volumes) { const all = o.volumes.flatMap((v, j) => shapeOf(o, j).line), xs = all.map((p) => p[0]), ys = all.map((p) => p[1]); const pad = 0.15 + 0.15 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)); frameTo(Math.min(...xs) - pad, Math.min(...ys) - pad, Math.max(...xs) + pad, Math.max(...ys) + pad); }
    else if (o.place) look(o.lon, o.lat, 14000);
    else if (o.centre) look(o.centre[0], o.centre[1], 2000);
  }
  light(); dirty();
}
function reveal(o) {
  const name = o.volumes ? "Operations" : o.class ? "Areas" : o.by !== undefined ? "Findings" : "Sites";
  if (tab !== name) openTab(name);
  choose(o, false);
  const at = cards.find((x) => x.row.o === o);
  if (at) at.c.scrollIntoView({block: "nearest", behavior: reduced ? "auto" : "smooth"});
}

// ---- hands ----------------------------------------------------------------------------------------------------------
function under(x, y) {
  let best = null, least = Infinity;
  for (const h of hits) if (h.r) { const d = Math.hypot(h.x - x, h.y - y); if (d <= h.r && d < least) { best = h; least = d; } }
  if (best) return best;
  world();
  const px = x * dpr, py = y * dpr;
  best = [...hits].reverse().find((h) => { const s = h.volume || h.area; if (!s) return false; if (s.width) { ctx.lineWidth = Math.max(s.width, 8 / k); return ctx.isPointInStroke(s.path, px, py); } return ctx.isPointInPath(s.path, px, py, "evenodd"); });
  screen(); return best || null;
}
const told = (h) => {
  if (h.finding) { const f = h.finding; return `${f.i + 1}. ${f.plan < 0 ? "" : labelOf(plans[f.plan]) + " and "}${f.title}\n${f.text}\n${span(f)}${f.marks ? "\n" + f.marks : ""}`; }
  if (h.site) return `${h.site.title}\n${h.site.category}${h.site.where ? " · " + h.site.where : ""}\nuncertain by ${h.site.doubt} m${h.site.buffer ? `, kept apart by ${h.site.buffer} m more` : ""}`;
  if (h.plan) { const s = standingAt(h.plan, now); return `${labelOf(h.plan)} · ${S.parties[h.plan.party] || ""}\n${h.plan.kind}, ${h.plan.crew}${s ? `\n${s[1]} · ${s[2]}` : ""}`; }
  return `${h.area.title}\n${h.area.class} · ${h.area.band}`;
};
function hover(x, y) {
  const h = under(x, y), tip = $("tip"); canvas.style.cursor = h ? "pointer" : "";
  tip.hidden = !h; if (!h) return;
  tip.textContent = told(h); tip.style.left = `${Math.max(4, Math.min(x + 14, W - tip.offsetWidth - 8))}px`; tip.style.top = `${Math.max(4, Math.min(y + 14, H - tip.offsetHeight - 8))}px`;
}
const fingers = new Map(); let moved = 0;
canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); fingers.set(e.pointerId, [e.offsetX, e.offsetY]); moved = 0; $("tip").hidden = true; });
canvas.addEventListener("pointermove", (e) => {
  readOut(e.offsetX, e.offsetY);
  const was = fingers.get(e.pointerId);
  if (!was) { hover(e.offsetX, e.offsetY); return; }
  const others = [...fingers.entries()].filter(([id]) => id !== e.pointerId).map(([, p]) => p)[0];
  if (others) { const before = Math.hypot(was[0] - others[0], was[1] - others[1]), after = Math.hypot(e.offsetX - others[0], e.offsetY - others[1]); zoom(after / Math.max(1, before), (e.offsetX + others[0]) / 2, (e.offsetY + others[1]) / 2); moved = 99; }
  else { tx += e.offsetX - was[0]; ty += e.offsetY - was[1]; moved += Math.hypot(e.offsetX - was[0], e.offsetY - was[1]); canvas.classList.add("drag"); }
  fingers.set(e.pointerId, [e.offsetX, e.offsetY]); dirty();
});
for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (e) => {
  fingers.delete(e.pointerId); canvas.classList.remove("drag");
  if (kind === "pointerup" && moved < 5) { const h = under(e.offsetX, e.offsetY); if (h) reveal(h.finding || h.site || h.plan || h.area); else { picked = null; light(); dirty(); } if (e.pointerType !== "mouse" && h) hover(e.offsetX, e.offsetY); }
});
canvas.addEventListener("pointerleave", () => { $("tip").hidden = true; });
canvas.addEventListener("wheel", (e) => { e.preventDefault(); zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0016)), e.offsetX, e.offsetY); }, {passive: false});
canvas.addEventListener("dblclick", (e) => zoom(2, e.offsetX, e.offsetY));
const KEYS = {ArrowLeft: () => (tx += 60), ArrowRight: () => (tx -= 60), ArrowUp: () => (ty += 60), ArrowDown: () => (ty -= 60), "+": () => zoom(1.4), "=": () => zoom(1.4),
  "-": () => zoom(1 / 1.4), 0: fit, ",": () => setTime(now - 60000), ".": () => setTime(now + 60000)};
canvas.addEventListener("keydown", (e) => { if (KEYS[e.key] && !e.ctrlKey && !e.metaKey) { e.preventDefault(); KEYS[e.key](); dirty(); readOut(W / 2, H / 2); } });
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|BUTTON|SUMMARY)$/.test(e.target.tagName)) return;
  if (e.key === " ") { e.preventDefault(); play(!playing); }
  const button = {r: "routes", l: "names", d: "theme"}[e.key]; if (button) $(button).click();
});
const toggle = (id, set) => $(id).addEventListener("click", () => { const on = $(id).getAttribute("aria-pressed") !== "true"; $(id).setAttribute("aria-pressed", on); set(on); dirty(); });
toggle("routes", (on) => { showRoutes = on; }); toggle("names", (on) => { showNames = on; });
$("in").onclick = () => zoom(1.6); $("out").onclick = () => zoom(1 / 1.6); $("fit").onclick = fit;
$("play").onclick = () => play(!playing); $("print").onclick = () => window.print();
$("time").addEventListener("input", (e) => setTime(e.target.value / 10000 * S.length, true));
$("filter").addEventListener("input", list);
$("theme").onclick = () => theme(dark() ? "light" : "dark");

// ---- colours of the page, legend, start -----------------------------------------------------------------------------
function theme(name) {
  document.documentElement.dataset.theme = name;
  const style = getComputedStyle(document.documentElement);
  for (const key of ["ink", "soft", "line", "sea", "land", "coast", "border", "grid", "halo", "panel", "alarm", "bg"]) ink[key] = style.getPropertyValue(`--${key}`).trim();
  hatches.clear(); legend(); ticks(); if (tab) list(); dirty();
}
function legend() {
  const box = $("keys"); box.replaceChildren();
  const group = (title, rows) => { if (rows.length) box.append(el("h2", "", title), ...rows.map(([label, paint]) => { const c = el("canvas"); c.width = 26 * dpr; c.height = 16 * dpr; const g = c.getContext("2d"); g.scale(dpr, dpr); paint(g); return el("p", "", c, label); })); };
  group("Operations of", S.parties.filter((_, i) => plans.some((p) => p.party === i)).map((name) => [name, (g) => craft(g, 13, 8, 0, S.parties.indexOf(name), party(S.parties.indexOf(name)), "transparent", 6)]));
  const used = [...new Set(plans.flatMap((p) => p.standings.map((s) => s[2])))].filter(Boolean);
  const rings = used.map((s) => [s, standingColour(s)]);
  if (plans.some((p) => p.standings.some((s) => s[1].includes("STOP")))) rings.unshift(["STOP", STOPPED]);
  group("Standing (ring)", rings.map(([s, colour]) => [s, (g) => { g.beginPath(); g.arc(13, 8, 6, 0, 7); g.strokeStyle = colour; g.lineWidth = 3; g.stroke(); }]));
  group("Protected sites", [...new Set(sites.filter((s) => s.place).map((s) => s.category))].map((c) => [c, (g) => siteMark(g, 13, 8, 7, LETTER[c] || "O")]));
  group("Areas", [...new Set(areas.map((a) => a.class))].map((c) => [c, (g) => { g.strokeStyle = AREA[c] || "#666"; g.lineWidth = 2; g.strokeRect(3, 2, 20, 12); g.lineWidth = 1; g.beginPath(); for (const o of [4, 10, 16]) { g.moveTo(o, 14); g.lineTo(o + 7, 2); } g.stroke(); }]));
  if (findings.length) group("Findings", [["now", (g) => findingMark(g, 13, 8, "n", true, false, 7)], ["at another time", (g) => findingMark(g, 13, 8, "n", false, false, 7)]]);
}
for (const name of Object.keys(TABS)) {
  const count = {Findings: findings.length, Operations: plans.length, Sites: sites.length, Areas: areas.length, Timeline: S.events.length}[name];
  const b = el("button", "", `${name} ${count}`); b.dataset.tab = name; b.setAttribute("role", "tab"); b.onclick = () => openTab(name); $("tabs").append(b);
}
$("source").textContent += ` Map: ${S.source}.`;
if (innerWidth < 760) $("legend").open = false;
let before = "light";
addEventListener("beforeprint", () => { before = document.documentElement.dataset.theme; limit = 1e6; theme("light"); sized(760, 630, 3); draw(); });
addEventListener("afterprint", () => { limit = 200; theme(before); resize(); });
new ResizeObserver(resize).observe(canvas.parentElement);
theme(document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
resize();
openTab(findings.length ? "Findings" : plans.length ? "Operations" : "Sites");
const timed = findings.filter((f) => f.from !== undefined), first = timed.find((f) => standsNow(f, (f.from + f.to) / 2)) || timed[0];
setTime(first ? (first.from + first.to) / 2 : plans.length ? Math.min(...plans.map((p) => p.start)) + 1 : 0);
// A link may lead to a moment and a list: map.html#t=2026-12-01T09:39:00Z&tab=Operations&legend=closed
const asked = new URLSearchParams(location.hash.slice(1)), moment = Date.parse(asked.get("t") || "");
if (moment) setTime(moment - S.start);
if (TABS[asked.get("tab")]) openTab(asked.get("tab"));
if (asked.get("legend") === "closed") $("legend").open = false;
})();
