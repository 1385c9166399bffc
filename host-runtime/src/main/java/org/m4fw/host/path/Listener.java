package org.m4fw.host.path;

import java.nio.file.Path;
import java.util.List;
import org.m4fw.host.Generation;
import org.m4fw.host.Transcriber;
import org.m4fw.host.audio.WavFile;
import org.m4fw.host.audio.WhisperAudio;
import org.m4fw.host.text.WhisperText;

/** Whisper in a path: speech to text. */
final class Listener {
  private Listener() {}

  static String transcribe(LoadedPath loaded, ExecutionPath.Step step, Path file) {
    PathComponents components = loaded.components();
    String name = components.label(step);
    Transcriber transcriber =
        loaded.get(
            step,
            "transcriber",
            Transcriber.class,
            () -> Transcriber.open(name, components.parts(step.component())),
            Transcriber::close);
    WhisperText text =
        loaded.get(
            step,
            "tokenizer",
            WhisperText.class,
            () -> WhisperText.parse(name, components.requiredFile(step, "tokenizer.json")),
            WhisperText::close);
    int bands = Sizes.of(name, transcriber.features(), 1);
    int frames = Sizes.of(name, transcriber.features(), 2);
    Generation heard =
        transcriber.transcribe(
            file.toString(),
            WhisperAudio.prepare(WavFile.read(file), bands, frames)
                .named(transcriber.features().name()),
            token -> {});
    return text.decode(array(heard.ids()));
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }
}
