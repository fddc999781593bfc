// Playing a clip by one clock, from which each frame is worked out: that of the clip's sound where it has one, else the
// page's. So pictures and voice cannot drift apart. Nothing is played before a person asks.

const MUTED = "ferviz-muted";
const SETTLED = 120;  // ms without another sound after which a changed one is taken up: a hand that drags sends many

/** Muted or not: kept for all explorers of this browser; where a page may keep nothing, for as long as it is open. */
const voices = {
  here: false,
  get muted() {
    try {
      return localStorage.getItem(MUTED) === "yes";
    } catch (error) {
      return this.here;
    }
  },
  set muted(value) {
    this.here = value;
    try {
      localStorage.setItem(MUTED, value ? "yes" : "no");
    } catch (error) {}  // a page within a page may be forbidden to keep anything
  },
};

/**
 * The buttons *Play* and *Mute*. `times()`: the second at which each place begins; `at()`: the place that is seen; `show(place)`;
 * `unheard()`: why the sound cannot be played now, "" when it can.
 * @param {{ times: () => number[], at: () => number, show: (place: number) => void, unheard?: () => string }} film
 */
function playback({ times, at, show, unheard = () => "" }) {
  let told = null;  // the sound, as voice.py sends it
  let changed = null;  // takes up the sound that came since
  let due = 0;
  let playing = 0;  // counts what was started, 0 while nothing plays
  let started = 0;
  let turning = 0;
  let since = 0;  // when second 0 was, by the page's clock
  let leads = false;  // whether the sound is the clock
  const sound = el("audio", { preload: "auto" });  // so that its start need not wait; it stands in the page, so that it falls silent when its view is taken away
  const play = el("button.button.play", { type: "button", text: "Play" });
  const mute = el("button.button.mute", { type: "button", text: "Mute" });
  const node = el("span.playing", {}, play, mute, sound);

  const silence = () => (told?.wav ? unheard() : told?.why ?? "");
  const seconds = () => (leads ? sound.currentTime : (performance.now() - since) / 1000);
  const pageClock = (from) => {
    leads = false;
    since = performance.now() - 1000 * from;
  };

  function stop() {
    playing = 0;
    cancelAnimationFrame(turning);
    sound.pause();
    play.textContent = "Play";
  }

  function turn() {
    const [now, starts] = [seconds(), times()];
    const last = starts.length - 1;
    if (leads && silence()) {  // the places were changed under it
      stop();
      return;
    }
    show(Math.max(0, starts.findLastIndex((start) => start <= now + 1e-6)));
    const end = Math.max(2 * starts[last] - starts[last - 1], leads ? told.seconds : 0);
    if (now >= end) stop();
    else turning = requestAnimationFrame(turn);
  }

  async function start(second = null) {
    changed?.();
    const starts = times();
    if (starts.length < 2) return;
    const mine = playing = started += 1;
    const from = second ?? (at() >= starts.length - 1 ? 0 : at() ? starts[at()] : 0);
    play.textContent = "Stop";
    pageClock(from);
    if (told?.wav && !silence() && from < told.seconds) {
      sound.currentTime = from;
      sound.muted = voices.muted;
      // a browser may refuse to play: then the pictures go on by themselves
      const heard = await sound.play().then(() => true, () => false);
      if (playing !== mine) return;
      leads = heard;
      if (!heard) pageClock(from);
    }
    turn();
  }

  sound.onended = () => pageClock(told.seconds);  // the pictures may last longer
  sound.onpause = () => sound.paused && leads && !sound.ended && playing && stop();  // by a key of the headphones, say
  const toggle = () => (playing ? stop() : start());
  const draw = () => {
    const why = silence();
    mute.hidden = !told;
    mute.disabled = Boolean(why);
    mute.title = why || "The voice on or off (m)";
    sound.muted = voices.muted;
    mute.setAttribute("aria-pressed", String(voices.muted));
  };
  play.onclick = toggle;
  mute.onclick = () => {
    voices.muted = !voices.muted;
    draw();
  };
  draw();

  function take(given) {
    clearTimeout(due);
    changed = null;
    stop();
    if (told?.wav) URL.revokeObjectURL(sound.src);
    told = given ?? null;
    if (told?.wav) sound.src = URL.createObjectURL(new Blob([told.wav], { type: "audio/wav" }));
    else sound.removeAttribute("src");
    draw();
  }

  return {
    node,
    toggle,
    stop,
    draw,
    mute: () => mute.hidden || mute.disabled || mute.click(),
    /** Another clip: its sound { wav, seconds, why }, or null where it has none. */
    load: take,
    /** The same clip with a changed sound: what plays goes on with it, from where it is. */
    change(given) {
      clearTimeout(due);
      changed = () => take(given);
      due = setTimeout(() => {
        const from = playing ? seconds() : null;
        changed();
        if (from !== null) start(from);
      }, SETTLED);
    },
  };
}
