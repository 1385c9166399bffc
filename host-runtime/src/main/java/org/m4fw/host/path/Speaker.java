package org.m4fw.host.path;

import java.util.Optional;
import java.util.OptionalLong;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.FloatTensor;
import org.m4fw.host.audio.Sound;
import org.m4fw.host.text.CharacterTokenizer;

/** VITS in a path: text to speech. */
final class Speaker {
  static final String PART = "synthesizer";
  private static final int USUAL_RATE = 16_000;
  private static final int FASTEST_RATE = 192_000;

  private Speaker() {}

  static Sound speak(LoadedPath loaded, ExecutionPath.Step step, String text) {
    PathComponents components = loaded.components();
    String name = components.label(step);
    CharacterTokenizer tokenizer =
        CharacterTokenizer.parse(
            name,
            components.requiredFile(step, "vocab.json"),
            components.file(step.component(), "tokenizer_config.json"));
    FloatTensor waveform =
        loaded.part(step, PART, "waveform").run(tokenizer.encode(text).named("input_ids"));
    return Sound.mono(
        rate(name, components.file(step.component(), "config.json")), waveform.values());
  }

  private static int rate(String name, Optional<byte[]> config) {
    return config
        .map(json -> Fields.of(name, StrictJson.parse(name, json)))
        .map(fields -> fields.optionalInteger("sampling_rate", 1, FASTEST_RATE))
        .filter(OptionalLong::isPresent)
        .map(rate -> (int) rate.getAsLong())
        .orElse(USUAL_RATE);
  }
}
