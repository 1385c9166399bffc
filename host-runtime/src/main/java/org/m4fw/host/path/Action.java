package org.m4fw.host.path;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.graph.importer.ProjectionImporter;
import org.m4fw.graph.ir.Model;

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

  /**
   * The files of a model's directory that are read for it, besides weights; which of them are there
   * depends on the model.
   */
  public List<String> files() {
    return switch (this) {
      case EMBED_IMAGE, EMBED_AUDIO, EMBED_IMU, PROJECT -> List.of();
      case EMBED_LABEL -> List.of("bpe_simple_vocab_16e6.txt.gz", "merges.txt", "vocab.json");
      case TRANSCRIBE, CONTINUE -> List.of("tokenizer.json");
      case SPEAK -> List.of("config.json", "tokenizer_config.json", "vocab.json");
      case DRAW ->
          List.of(
              "scheduler/scheduler_config.json",
              "text_encoder/config.json",
              "tokenizer/merges.txt",
              "tokenizer/vocab.json",
              "unet/config.json",
              "vae/config.json");
    };
  }

  /** The files without which it cannot be done; all of one of the lists have to be there. */
  List<List<String>> requiredFiles() {
    return switch (this) {
      case EMBED_IMAGE, EMBED_AUDIO, EMBED_IMU, PROJECT -> List.of(List.of());
      case EMBED_LABEL ->
          List.of(List.of("bpe_simple_vocab_16e6.txt.gz"), List.of("merges.txt", "vocab.json"));
      case TRANSCRIBE, CONTINUE -> List.of(List.of("tokenizer.json"));
      case SPEAK -> List.of(List.of("vocab.json"));
      case DRAW -> List.of(files());
    };
  }

  /** The parts of a component that are run for it. */
  public List<String> parts(boolean vectors) {
    return switch (this) {
      case EMBED_IMAGE, EMBED_AUDIO, EMBED_IMU, EMBED_LABEL -> List.of(modality);
      case TRANSCRIBE -> List.of("encoder", Model.MEMORY, Model.DECODER);
      case PROJECT -> List.of(ProjectionImporter.PART);
      case CONTINUE -> vectors ? List.of(Model.EMBEDDING, Model.VECTORS) : List.of(Model.DECODER);
      case SPEAK -> List.of(Speaker.PART);
      case DRAW -> List.of(Painter.TEXT_ENCODER, Painter.DENOISER, Painter.DECODER);
    };
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
