package org.m4fw.host.path;

import java.util.Optional;
import org.m4fw.host.answer.LabelAnswer;
import org.m4fw.host.audio.Sound;
import org.m4fw.host.image.RgbImage;

/**
 * What a path gives.
 *
 * @param heard what was transcribed
 * @param written what the backbone wrote
 */
public record Answer(Optional<String> heard, Optional<String> written, Result result) {

  /** The end of the path. */
  public sealed interface Result {
    /**
     * What the backbone wrote.
     *
     * @param ended whether it came to an end by itself
     */
    record Text(String text, boolean ended) implements Result {}

    /** The labels, the best first. */
    record Labels(LabelAnswer answer) implements Result {}

    /** What was said. */
    record Speech(Sound sound) implements Result {}

    /** What was drawn. */
    record Image(RgbImage image) implements Result {}
  }
}
