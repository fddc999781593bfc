// What the scripts of the explorers share, in types. `make types` checks the scripts against it; no browser reads this.

/** What calls its handlers with (sender, what happened). */
interface Signal {
  connect(handler: (sender: any, told: any) => void): void;
  disconnect(handler: (sender: any, told: any) => void): void;
}

/** A page's line to a kernel; signals only in JupyterLab and its kin. */
interface Kernel {
  status: string;
  connectionStatus: string;
  iopubMessage?: Signal;
  statusChanged?: Signal;
}

/** The kernel's side of a widget, as anywidget hands it over. */
interface WidgetModel {
  get(name: string): any;
  on(event: string, handler: (...given: any[]) => void): void;
  off(event: string, handler?: (...given: any[]) => void): void;
  send(content: object, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
  widget_manager?: { kernel?: Kernel | null };
}

/** The theme's colours, as a canvas needs them. */
interface Colours {
  dark: boolean;
  paper: string;
  ink: string;
  quiet: string;
  accent: string;
  bar: string;
  font: string;
  size: number;
}

/** Where something lies on a canvas, in CSS pixels. */
interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface CanvasOptions {
  label: string;
  aspect?: number | string;
  kind?: string;
  /** All that the picture is made of, by identity: it is painted only when some of that, size or theme has changed. */
  of?: (() => any[]) | null;
  /** Draws in CSS pixels; called again whenever size or theme change. */
  paint(context: CanvasRenderingContext2D, width: number, height: number): void;
}

/** What an explorer's script is given to build with; the head of base.js says it in words. */
interface ExplorerStage {
  root: HTMLElement;
  body: HTMLElement;
  readout: HTMLElement;
  state: Record<string, any>;
  painters: (() => void)[];
  colours: Colours | null;
  client: string;
  sizes: ResizeObserver;
  canvas(options: CanvasOptions): HTMLCanvasElement;
  /** The number of the wish; it comes back as the answer's `sequence`. */
  act(name: string): number;
  preset(place: number): void;
  ask(changes: Record<string, any>): void;
  repaint(): void;
}

/** The kernel's answer to a wish: a drawing of the explorer's own kind, and what all have. */
interface Answer extends Record<string, any> {
  text?: string;
  code: string;
  state: Record<string, any>;
  client: string;
  sequence: number;
  turn: number;
}

/** What an explorer's script gives back. */
interface ExplorerParts {
  picture?(told: Record<string, any>): void | Promise<void>;
  answer?(answer: Answer): void;
  draw?(): void;
  here?(): Record<string, any> | null;
  stop?(): void;
  keys?: Record<string, (event: any) => void>;
}

/** "" while the kernel answers in time; see pulse.js. */
type KernelState = "" | "busy" | "gone" | "quiet";
