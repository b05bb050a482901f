// Two tones for what cannot wait. Browsers play nothing before the reader has touched the page, so the switch in the
// bar is that touch; the words on the page never depend on the sound.
import { prefer } from "./words/words.svelte.ts";

let context: AudioContext | null = null;

export function allow(): void {
  context ??= new AudioContext();
  void context.resume();
}

export function alarm(): void {
  if (prefer.sound !== "on" || context?.state !== "running") return;
  for (const [start, pitch] of [[0, 880], [0.25, 660], [0.5, 880], [0.75, 660]] as const) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.25, context.currentTime + start);
    gain.gain.linearRampToValueAtTime(0, context.currentTime + start + 0.22);
    tone.connect(gain).connect(context.destination);
    tone.start(context.currentTime + start);
    tone.stop(context.currentTime + start + 0.24);
  }
}
