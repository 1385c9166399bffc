package org.m4fw.host.path;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Port;
import org.m4fw.host.FloatTensor;
import org.m4fw.host.TokenTensor;
import org.m4fw.host.audio.ImageBindAudio;
import org.m4fw.host.audio.WavFile;
import org.m4fw.host.image.ImageFile;
import org.m4fw.host.image.ImagePreparation;
import org.m4fw.host.motion.MotionFile;
import org.m4fw.host.text.ClipTokenizer;

/** The encoders of a path, which are ImageBind's: files and labels to embeddings. */
final class Encoder {
  /** Clips of a sound, as the published model takes them. */
  private static final int CLIPS = 3;

  /** How many labels are embedded at a time. */
  private static final int BATCH = 16;

  private static final String ARCHIVE = "bpe_simple_vocab_16e6.txt.gz";

  private final LoadedPath loaded;
  private final PathComponents components;
  private final ExecutionPath.Step step;
  private final String input;
  private final String output;

  Encoder(LoadedPath loaded, ExecutionPath.Step step) {
    this.loaded = loaded;
    this.components = loaded.components();
    this.step = step;
    String modality = step.action().modality();
    this.input = "in." + modality;
    this.output = "out." + modality;
  }

  /** The embedding of what was asked about, [width]. */
  float[] embed(Question question) {
    FloatTensor prepared =
        switch (step.action()) {
          case EMBED_IMAGE -> image(question.image().orElseThrow());
          case EMBED_AUDIO -> audio(question.audio().orElseThrow());
          case EMBED_IMU -> imu(question.imu().orElseThrow(), question);
          default -> throw new IllegalStateException("no input for " + step);
        };
    return run(prepared.named(input));
  }

  private FloatTensor image(Path file) {
    return ImagePreparation.prepare(ImageFile.read(file), size(2), size(3));
  }

  private FloatTensor audio(Path file) {
    int clips = port().dims().get(1) instanceof Port.Dim.Fixed ? size(1) : CLIPS;
    return ImageBindAudio.prepare(file.toString(), WavFile.read(file), clips, size(3), size(4));
  }

  private FloatTensor imu(Path file, Question question) {
    return question.window().cut(file.toString(), MotionFile.read(file), size(2));
  }

  /** The embeddings of texts, [texts, width], row-major. */
  float[] embed(List<String> texts) {
    int context = size(1);
    List<float[]> rows = new ArrayList<>();
    ClipTokenizer tokenizer =
        loaded.get(
            step, "tokenizer", ClipTokenizer.class, this::openTokenizer, ClipTokenizer::close);
    for (int from = 0; from < texts.size(); from += BATCH) {
      List<String> some = texts.subList(from, Math.min(from + BATCH, texts.size()));
      long[] ids = new long[some.size() * context];
      for (int i = 0; i < some.size(); i++) {
        long[] row = tokenizer.encode(some.get(i), context).ids();
        System.arraycopy(row, 0, ids, i * context, context);
      }
      rows.add(part().run(new TokenTensor(some.size(), context, ids).named(input)).values());
    }
    return joined(rows);
  }

  private ClipTokenizer openTokenizer() {
    String name = components.label(step);
    Optional<byte[]> archive = components.file(step.component(), ARCHIVE);
    return archive.isPresent()
        ? ClipTokenizer.parseArchive(ClipTokenizer.Use.IMAGEBIND, name, archive.get())
        : ClipTokenizer.parse(
            ClipTokenizer.Use.IMAGEBIND,
            name,
            components.requiredFile(step, "vocab.json"),
            components.requiredFile(step, "merges.txt"));
  }

  private float[] run(Tensor tensor) {
    return part().run(tensor).values();
  }

  private LoadedPart part() {
    return loaded.part(step, step.action().modality(), output);
  }

  private Port port() {
    return components.input(step, step.action().modality(), input);
  }

  /** The size of an axis that the graph fixes. */
  private int size(int axis) {
    return Sizes.of(components.label(step), port(), axis);
  }

  private static float[] joined(List<float[]> rows) {
    float[] all = new float[rows.stream().mapToInt(row -> row.length).sum()];
    int at = 0;
    for (float[] row : rows) {
      System.arraycopy(row, 0, all, at, row.length);
      at += row.length;
    }
    return all;
  }
}
