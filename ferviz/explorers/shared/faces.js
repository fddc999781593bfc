// Which of several faces is looked at: said in words, drawn as boxes on a still, and chosen by the picture of a face, a
// click into a box, or the key f. Where there is one face, nothing is there.

/**
 * The boxes [left, top, right, bottom] of faces, as shares of a picture that lies at `area`; the chosen one stands out.
 * @param {CanvasRenderingContext2D} context
 * @param {{boxes: (number[] | null)[], chosen: number, area: Area, colours: Colours, numbers?: boolean}} given
 */
function faceBoxes(context, { boxes, chosen, area, colours, numbers = boxes.length > 1 }) {
  const size = 1.05 * colours.size;
  boxes.forEach((box, place) => {
    if (!box) return;
    const own = place === chosen;
    const [left, right] = [box[0], box[2]].map((x) => area.left + x * area.width);
    const [top, bottom] = [box[1], box[3]].map((y) => area.top + y * area.height);
    for (const [line, stroke, dash] of /** @type {[number, string, number[]][]} */ ([
      [4, "rgba(0, 0, 0, 0.5)", own ? [5, 4] : []], [2, own ? "#ffffff" : "#9ecbff", own ? [5, 4] : [2, 3]]])) {
      context.lineWidth = line;
      context.strokeStyle = stroke;
      context.setLineDash(dash);
      context.strokeRect(left, top, right - left, bottom - top);
    }
    context.setLineDash([]);
    if (!numbers) return;
    const above = Math.max(0, top - 1.35 * size);  // not on the face
    context.fillStyle = own ? "#ffffff" : "rgba(0, 0, 0, 0.7)";
    context.fillRect(left, above, size * 1.3, size * 1.3);
    context.fillStyle = own ? "#000000" : "#ffffff";
    [context.font, context.textAlign, context.textBaseline] = [`600 ${size}px ${colours.font}`, "center", "middle"];
    context.fillText(`${place + 1}`, left + 0.65 * size, above + 0.7 * size);
  });
}

/** Which box a click on a canvas hits, the smallest where several lie there: a face before another may be the smaller. */
function faceHit(event, boxes, area) {
  const at = event.currentTarget.getBoundingClientRect();
  const x = (event.clientX - at.left - area.left) / area.width;
  const y = (event.clientY - at.top - area.top) / area.height;
  const hit = boxes.map((box, place) => ({ box, place })).filter(({ box }) => box && box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3]);
  hit.sort((one, other) => (one.box[2] - one.box[0]) * (one.box[3] - one.box[1]) - (other.box[2] - other.box[0]) * (other.box[3] - other.box[1]));
  return hit[0]?.place;
}

/** @param {ExplorerStage} stage */
function faceChoice(stage) {
  let told = { words: "" };
  let still = null;
  let fixed = false;
  const many = () => (told.boxes?.length ?? 0) > 1;
  const whole = (width, height) => ({ left: 0, top: 0, width, height });
  const drawing = (numbers) => (context, width, height) => {
    if (!still || !many()) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(still, 0, 0, width, height);
    faceBoxes(context, { boxes: told.boxes, chosen: stage.state.face, area: whole(width, height), colours: stage.colours, numbers });
  };
  const small = stage.canvas({ label: "", aspect: "auto", paint: drawing(false) });
  const large = stage.canvas({ label: "The picture with a box around each face. A click into a box chooses that face.", aspect: "auto", paint: drawing(true) });
  const open = el("button.faces-open", { type: "button", "aria-label": "Show the boxes in the picture", title: "Show the boxes in the picture", "aria-expanded": "false", "data-tool": "" }, small);
  const pictures = el("div.faces-row", { role: "group", "aria-label": "Which face", "data-tool": "" });
  const words = el("span.faces-words");
  const sheet = el("div.faces-large", { hidden: "" }, large);
  const node = el("div.faces", { hidden: "" }, open, pictures, words, sheet);
  small.setAttribute("aria-hidden", "true");

  const unfold = (unfolded) => {
    sheet.hidden = !unfolded;
    open.setAttribute("aria-expanded", String(unfolded));
    stage.repaint();
  };
  open.onclick = () => unfold(sheet.hidden);
  large.onclick = (event) => {
    const place = fixed ? undefined : faceHit(event, told.boxes, whole(large.clientWidth, large.clientHeight));
    if (place !== undefined) stage.ask({ face: place });
  };
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || sheet.hidden) return;
    unfold(false);
    open.focus();
    event.stopPropagation();
  });

  function furnish() {
    const focused = [...pictures.children].findIndex((button) => button.matches(":focus"));
    pictures.replaceChildren(...(told.thumbs ?? []).map((bytes, place) => {
      const image = el("img", { src: URL.createObjectURL(new Blob([bytes], { type: "image/webp" })), alt: "", draggable: false });
      image.onload = () => URL.revokeObjectURL(image.src);
      const button = el("button.faces-one", { type: "button", title: `Face ${place + 1} (f: the next)`, "aria-label": `Face ${place + 1} of ${told.thumbs.length}`, onclick: () => stage.ask({ face: place }) },
        image, el("span.faces-number", { text: `${place + 1}`, "aria-hidden": "true" }));
      button.disabled = fixed;
      return button;
    }));
    pictures.children[focused]?.focus();  // who chooses with the keyboard goes on there
    for (const canvas of [small, large]) canvas.style.aspectRatio = String(told.aspect ?? 1);
    large.style.cursor = fixed ? "" : "pointer";
  }

  return {
    node,
    /** What a sheet says of faces; `offline` leaves nothing to choose. */
    async picture({ faces, offline }) {
      told = faces ?? { words: "" };
      fixed = Boolean(offline);
      node.hidden = !told.words;
      for (const part of [open, pictures]) part.hidden = !many();
      if (!many()) unfold(false);
      furnish();
      const sheetOf = told;
      const image = many() ? await createImageBitmap(new Blob([told.still], { type: "image/webp" })) : null;
      if (told === sheetOf) still = image;  // a newer sheet may have come meanwhile
      stage.repaint();
    },
    draw() {
      const waits = many() && stage.state.face !== told.chosen;
      words.classList.toggle("fv-waits", waits);
      words.classList.toggle("fv-apart", many() && !told.turned);
      words.textContent = waits ? `Looking at face ${stage.state.face + 1} …` : told.words;
      [...pictures.children].forEach((button, place) => button.setAttribute("aria-pressed", String(place === stage.state.face)));
    },
    next: () => many() && !fixed && stage.ask({ face: (stage.state.face + 1) % told.boxes.length }),
  };
}
