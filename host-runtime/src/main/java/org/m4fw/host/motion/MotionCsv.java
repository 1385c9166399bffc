package org.m4fw.host.motion;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Movement as text: one sample a line, six numbers separated by commas, in the order acceleration
 * x, y, z, rotation x, y, z. The first line may name the columns; empty lines are skipped.
 */
final class MotionCsv {
  private static final int LONGEST_LINE = 1000;

  /** Only these, so that neither "NaN" nor "0x1p3" nor "1f" pass as numbers. */
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  private MotionCsv() {}

  static Motion parse(String file, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    float[][] channels = new float[Motion.CHANNELS][1024];
    int count = 0;
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      number++;
      String trimmed =
          (number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line).strip();
      if (trimmed.isEmpty() || (number == 1 && isHeader(trimmed))) {
        continue;
      }
      if (count == MotionFile.MOST_SAMPLES) {
        throw MotionError.TOO_LARGE.at(file, "", count + 1, MotionFile.MOST_SAMPLES);
      }
      if (count == channels[0].length) {
        for (int channel = 0; channel < Motion.CHANNELS; channel++) {
          channels[channel] = Arrays.copyOf(channels[channel], 2 * count);
        }
      }
      float[] sample = sample(file, "line " + number, trimmed);
      for (int channel = 0; channel < Motion.CHANNELS; channel++) {
        channels[channel][count] = sample[channel];
      }
      count++;
    }
    if (count == 0) {
      throw MotionError.NOT_NUMBERS.at(file, "", "no numbers", "lines of six");
    }
    List<float[]> cut = new ArrayList<>();
    for (float[] channel : channels) {
      cut.add(Arrays.copyOf(channel, count));
    }
    return new Motion(cut);
  }

  /** Six names, none of which is a number. */
  private static boolean isHeader(String line) {
    String[] names = columns(line);
    return line.length() <= LONGEST_LINE
        && names.length == Motion.CHANNELS
        && Arrays.stream(names).noneMatch(name -> NUMBER.matcher(name).matches());
  }

  private static float[] sample(String file, String item, String line) {
    if (line.length() > LONGEST_LINE) {
      throw MotionError.NOT_NUMBERS.at(
          file, item, line.length() + " characters", "at most " + LONGEST_LINE);
    }
    String[] columns = columns(line);
    if (columns.length != Motion.CHANNELS) {
      throw MotionError.NOT_NUMBERS.at(file, item, columns.length + " columns", "six");
    }
    float[] sample = new float[Motion.CHANNELS];
    for (int i = 0; i < columns.length; i++) {
      if (!NUMBER.matcher(columns[i]).matches()) {
        throw MotionError.NOT_NUMBERS.at(file, item, "\"" + columns[i] + "\"", "a number");
      }
      sample[i] = (float) Double.parseDouble(columns[i]);
      if (!Float.isFinite(sample[i])) {
        throw MotionError.NOT_FINITE.at(file, item, columns[i]);
      }
    }
    return sample;
  }

  private static String[] columns(String line) {
    return Arrays.stream(line.split(",", -1)).map(String::strip).toArray(String[]::new);
  }
}
