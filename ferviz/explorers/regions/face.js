// Regions: the face with its boxes and its cover, to be dragged, and how each crop looks.

const GRIP = 9;  // CSS pixels within which an edge or a corner is taken hold of

/** The face as the network gets it, `wide` pixels, at the corner of a canvas. */
function drawFaceOf(stage, face, context, wide) {
  if (!face.image) return;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(face.image, 0, 0, wide, wide);
  const lies = coverArea(stage, face);
  if (!lies) return;
  context.save();
  context.beginPath();
  context.rect(0, 0, wide, wide);
  context.clip();
  context.drawImage(lies.picture, lies.left * wide, lies.top * wide, lies.width * wide, lies.height * wide);
  context.restore();
}

/** Where the cover lies, in shares of the face; null where there is none, or its picture has not come yet. */
function coverArea(stage, face) {
  const { cover, cover_x: x, cover_y: y, cover_size: width } = stage.state;
  const one = cover && face.cutouts[cover];
  if (!one) return null;
  return { picture: one.picture, left: x - one.across * width, top: y - one.down * width, width, height: one.tall * width };
}

/** A crop of the face, blown up as the network gets it. */
function drawCrop(stage, face, context, place, x, y, side) {
  const box = face.boxes()[place];
  if (!box?.every(Number.isFinite)) return;
  const whole = 256;
  face.blown ??= new OffscreenCanvas(whole, whole);
  const key = `${face.view.turn} ${stage.state.cover_x} ${stage.state.cover_y} ${stage.state.cover_size} ${stage.state.cover}`;
  if (face.blownOf !== key) {  // once for all crops of a view
    drawFaceOf(stage, face, face.blown.getContext("2d"), whole);
    face.blownOf = key;
  }
  const [left, top, right, bottom] = box.map((edge) => edge * whole);
  context.drawImage(face.blown, left, top, right - left, bottom - top, x, y, side, side);
}

/** The face, large. Boxes and the cover are dragged; hovering shows which region is meant. */
function facePanel(stage, face, hand) {
  let held = null;
  let moves = "box";  // what the arrow keys move while the face has the focus
  const canvas = stage.canvas({ label: "The face with its boxes.", paint });
  canvas.classList.add("fv-rg-face");
  canvas.dataset.lmSuppressShortcuts = "true";

  function paint(context, width) {
    if (!face.ready()) return;
    drawFaceOf(stage, face, context, width);
    const boxes = face.boxes();
    const at = face.cursor();
    boxes.forEach((box, place) => place !== at && outline(context, box, width, false, Boolean(face.view.reasons[place])));
    if (boxes[at]?.every(Number.isFinite)) outline(context, boxes[at], width, true, Boolean(face.view.reasons[at]));
    tags(context, boxes, at, width);
    if (at > 0 && !face.fixed && !face.single()) corners(boxes[at]).forEach(([x, y]) => knob(context, x * width, y * width));
    const lies = coverArea(stage, face);
    if (lies && moves === "cover") {
      context.setLineDash([2, 4]);
      const { left, top } = lies;
      const side = Math.min(lies.height, lies.width);
      frameLines(context, [left * width, top * width, (left + lies.width) * width, (top + side) * width], "#ffffff", 1.5);
      context.setLineDash([]);
    }
  }

  function frameLines(context, [left, top, right, bottom], colour, line) {
    for (const [wide, stroke] of [[line + 2, "rgba(0, 0, 0, 0.55)"], [line, colour]]) {
      context.lineWidth = wide;
      context.strokeStyle = stroke;
      context.strokeRect(left, top, right - left, bottom - top);
    }
  }

  function outline(context, box, width, own, gone) {
    if (!box.every(Number.isFinite)) return;
    const inset = own ? 2 : 1;
    const edges = box.map((edge) => clamp(edge * width, inset, width - inset));
    context.setLineDash(gone ? [3, 4] : []);
    frameLines(context, edges, own ? "#ffb454" : "rgba(255, 255, 255, 0.75)", own ? 3 : 1);
    context.setLineDash([]);
  }

  /** The number of each box at its upper left corner; beside each other where corners meet. */
  function tags(context, boxes, at, width) {
    const side = 1.3 * stage.colours.size;
    const taken = [];
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    boxes.forEach((box, place) => {
      if (!box.every(Number.isFinite)) return;
      let [x, y] = [clamp(box[0] * width, 0, width - side), clamp(box[1] * width, 0, width - side)];
      while (taken.some(([a, b]) => Math.abs(a - x) < side && Math.abs(b - y) < side)) {
        x += side;
        if (x > width - side) [x, y] = [0, y + side];
      }
      taken.push([x, y]);
      const own = place === at;
      context.fillStyle = own ? "#ffb454" : "rgba(0, 0, 0, 0.66)";
      context.fillRect(x, y, side - 1, side - 1);
      context.fillStyle = own ? "#000000" : "#ffffff";
      context.font = `${own ? 700 : 500} ${0.86 * stage.colours.size}px ${stage.colours.font}`;
      context.fillText(String(place), x + side / 2, y + side / 2 + 0.5);
    });
  }

  function knob(context, x, y) {
    context.fillStyle = "#ffb454";
    context.strokeStyle = "rgba(0, 0, 0, 0.8)";
    context.lineWidth = 1;
    context.fillRect(x - 4, y - 4, 8, 8);
    context.strokeRect(x - 4, y - 4, 8, 8);
  }

  const corners = ([left, top, right, bottom]) => [[left, top], [right, top], [left, bottom], [right, bottom]];

  const point = (event) => {
    const area = canvas.getBoundingClientRect();
    return { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height, near: GRIP / area.width };
  };
  const inside = ([left, top, right, bottom], { x, y }) => left <= x && x <= right && top <= y && y <= bottom;

  /** Whether a place lies on the cover itself, and not on the empty part of its picture. */
  function onCover({ x, y }) {
    const lies = coverArea(stage, face);
    if (!lies) return false;
    const [across, down] = [(x - lies.left) / lies.width, (y - lies.top) / lies.height];
    if (across < 0 || across >= 1 || down < 0 || down >= 1) return false;
    const { width, height } = lies.picture;
    return lies.picture.getContext("2d").getImageData(Math.floor(across * width), Math.floor(down * height), 1, 1).data[3] > 60;
  }

  /** What lies at a place: a corner of the chosen box, the cover, the chosen box, else the smallest box round it. */
  function hit(at) {
    const boxes = face.boxes();
    const own = face.at();
    if (own > 0 && boxes[own]?.every(Number.isFinite)) {
      const corner = corners(boxes[own]).findIndex(([x, y]) => Math.abs(x - at.x) < at.near && Math.abs(y - at.y) < at.near);
      if (corner >= 0) return { what: "corner", place: own, corner };
    }
    if (!face.fixed && onCover(at)) return { what: "cover" };
    if (own > 0 && boxes[own] && inside(boxes[own], at)) return { what: "box", place: own };
    const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);
    const found = boxes.map((box, place) => ({ box, place })).filter(({ box }) => box.every(Number.isFinite) && inside(box, at));
    found.sort((one, other) => area(one.box) - area(other.box) || other.place - one.place);
    return found.length ? { what: "box", place: found[0].place } : { what: "nothing" };
  }

  const CURSORS = { corner: "nwse-resize", cover: "grab", box: "move", nothing: "default" };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !face.ready()) return;
    const at = point(event);
    const found = hit(at);
    if (found.place !== undefined) face.go(found.place);
    moves = found.what === "cover" ? "cover" : "box";
    held = { ...found, from: at, box: face.boxes()[found.place], cover: [stage.state.cover_x, stage.state.cover_y], moved: false };
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    stage.repaint();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!face.ready()) return;
    const at = point(event);
    if (!held) {
      const found = hit(at);
      canvas.style.cursor = face.fixed ? "default" : found.place === 0 ? "default" : CURSORS[found.what];
      face.hover(found.place ?? null);
      return;
    }
    const [dx, dy] = [at.x - held.from.x, at.y - held.from.y];
    if (!held.moved && Math.hypot(dx, dy) * canvas.clientWidth < 3) return;
    held.moved = true;
    if (held.what === "cover") hand.lay(held.cover[0] + dx, held.cover[1] + dy);
    else if (held.what === "corner") hand.put(held.place, stretched(held.box, held.corner, dx, dy));
    else if (held.what === "box" && held.place > 0) hand.put(held.place, moved(held.box, dx, dy));
  });
  canvas.addEventListener("pointerleave", () => face.hover(null));
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });

  const moved = ([left, top, right, bottom], dx, dy) => {
    const [x, y] = [clamp(dx, -left, 1 - right), clamp(dy, -top, 1 - bottom)];
    return [left + x, top + y, right + x, bottom + y];
  };

  /** A corner follows the hand, as far as the opposite one lets it. */
  function stretched(box, corner, dx, dy) {
    const { least } = face.sheet.ends;
    const next = [...box];
    const across = corner % 2 ? 2 : 0;
    const down = corner > 1 ? 3 : 1;
    next[across] = across ? clamp(box[2] + dx, box[0] + least, 1) : clamp(box[0] + dx, 0, box[2] - least);
    next[down] = down === 3 ? clamp(box[3] + dy, box[1] + least, 1) : clamp(box[1] + dy, 0, box[3] - least);
    return next;
  }

  const step = (dx, dy) => (event) => {
    const far = event.shiftKey ? 0.05 : 0.01;
    if (moves === "cover" && stage.state.cover) hand.lay(stage.state.cover_x + dx * far, stage.state.cover_y + dy * far);
    else if (face.at() > 0) hand.put(face.at(), moved(face.boxes()[face.at()], dx * far, dy * far));
  };
  const grow = (by) => () => {
    if (moves === "cover" && stage.state.cover) {
      hand.widen(by);
      return;
    }
    if (face.at() < 1) return;
    const [left, top, right, bottom] = face.boxes()[face.at()];
    hand.put(face.at(), [left - by / 2, top - by / 2, right + by / 2, bottom + by / 2]);
  };
  const keys = {
    ArrowLeft: step(-1, 0), ArrowRight: step(1, 0), ArrowUp: step(0, -1), ArrowDown: step(0, 1),
    "+": grow(0.02), "=": grow(0.02), "-": grow(-0.02),
    Enter: () => { moves = moves === "box" && stage.state.cover ? "cover" : "box"; stage.repaint(); },
  };
  canvas.addEventListener("keydown", (event) => {
    if (!face.ready() || face.fixed || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    keys[event.key](event);
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    canvas,
    fit() {
      canvas.tabIndex = face.fixed ? -1 : 0;
      canvas.setAttribute("role", face.fixed ? "img" : "application");
      canvas.setAttribute("aria-label", `The face with its boxes.${face.fixed ? "" : " Drag a box, its corners, or the cover."}`);
    },
    taken(kind) { moves = kind ? "cover" : "box"; },
  };
}
