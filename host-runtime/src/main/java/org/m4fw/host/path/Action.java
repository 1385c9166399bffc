package org.m4fw.host.path;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a component does in a path. */
public enum Action {
  /** ImageBind: an image to an embedding. */
  EMBED_IMAGE("image", "vision"),
  /** ImageBind: a sound to an embedding. */
  EMBED_AUDIO("audio", "audio"),
  /** ImageBind: a movement to an embedding. */
  EMBED_IMU("imu", "imu"),
  /** ImageBind: each label to an embedding. */
  EMBED_LABEL("", "text"),
  /** Whisper: speech to text. */
  TRANSCRIBE("speech", ""),
  /** A linear layer: embeddings to vectors that the backbone takes. */
  PROJECT("", ""),
  /** A language model: a prompt to what comes after it. */
  CONTINUE("", ""),
  /** VITS: a text to speech. */
  SPEAK("", ""),
  /** Stable Diffusion: a text to an image. */
  DRAW("", "");

  private final String slot;
  private final String modality;

  Action(String slot, String modality) {
    this.slot = slot;
    this.modality = modality;
  }

  /** As recipes spell it: {@code embed-image}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<Action> of(String text) {
    return Arrays.stream(values()).filter(action -> action.text().equals(text)).findFirst();
  }

  /** The slot of a prompt that its result fills; empty if it fills none. */
  public String slot() {
    return slot;
  }

  /** Whether it gives an embedding of what came in, not of a label. */
  public boolean embedsInput() {
    return this == EMBED_IMAGE || this == EMBED_AUDIO || this == EMBED_IMU;
  }

  /** Whether it makes the end of a path. */
  public boolean generates() {
    return this == SPEAK || this == DRAW;
  }

  /** ImageBind's name of what it embeds, in the names of its graph's values. */
  public String modality() {
    return modality;
  }
}
