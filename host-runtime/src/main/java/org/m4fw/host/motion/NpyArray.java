package org.m4fw.host.motion;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array of numbers in NumPy's file format, versions 1.0, 2.0 and 3.0.
 *
 * <pre>
 * 0x93 "NUMPY" u8 major u8 minor
 * u16 (1.0) or u32 length of the header, little-endian
 * header: {'descr': '&lt;f4', 'fortran_order': False, 'shape': (6, 2000), } spaces newline
 * the elements
 * </pre>
 *
 * <p>The header is a Python expression; only a dictionary of just these three keys is read, in any
 * order. Types: f4, f8, i2, i4, of either byte order.
 */
final class NpyArray {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** NumPy itself refuses longer ones unless asked to trust the file. */
  private static final int LONGEST_HEADER = 10_000;

  private static final Pattern DICTIONARY =
      Pattern.compile("\\{\\s*(?<entries>[^{}]*?),?\\s*}[ ]*\\n?");
  private static final Pattern ENTRY =
      Pattern.compile(
          "\\s*'(?<key>descr|fortran_order|shape)'\\s*:\\s*"
              + "(?<value>'[<>][fi][248]'|True|False|\\([0-9, ]*\\))\\s*(,|$)");
  private static final Pattern SHAPE = Pattern.compile("\\((\\d{1,9}(, ?\\d{1,9}){0,7},?)? ?\\)");

  private final List<Integer> shape;
  private final boolean fortran;
  private final char kind;
  private final int size;
  private final ByteBuffer elements;

  private NpyArray(List<Integer> shape, boolean fortran, String type, ByteBuffer elements) {
    this.shape = shape;
    this.fortran = fortran;
    this.kind = type.charAt(1);
    this.size = type.charAt(2) - '0';
    this.elements =
        elements.order(type.charAt(0) == '<' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  static boolean isNpy(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** Checks everything but the numbers themselves. */
  static NpyArray parse(String file, byte[] bytes) {
    if (!isNpy(bytes) || bytes.length < 12) {
      throw MotionError.NOT_NPY.at(file, "", bytes.length + " bytes", "NumPy's header");
    }
    int major = bytes[6];
    if (major < 1 || major > 3 || bytes[7] != 0) {
      throw MotionError.NOT_NPY.at(
          file, "version", "%d.%d".formatted(major, bytes[7]), "1.0, 2.0 or 3.0");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int start = major == 1 ? 10 : 12;
    long length = major == 1 ? buffer.getShort(8) & 0xFFFF : buffer.getInt(8) & 0xFFFF_FFFFL;
    if (length > LONGEST_HEADER || start + length > bytes.length) {
      throw MotionError.NOT_NPY.at(
          file,
          "header",
          length + " bytes",
          "at most " + Math.min(LONGEST_HEADER, bytes.length - start));
    }
    String header = new String(bytes, start, (int) length, StandardCharsets.UTF_8);
    return parse(file, header, buffer.position(start + (int) length).slice());
  }

  private static NpyArray parse(String file, String header, ByteBuffer elements) {
    Matcher dictionary = DICTIONARY.matcher(header);
    if (!dictionary.matches()) {
      throw MotionError.NOT_NPY.at(file, "header", excerpt(header), "a dictionary");
    }
    Entries entries = new Entries(file, dictionary.group("entries"));
    String type = entries.value("descr", Pattern.compile("'[<>](f4|f8|i2|i4)'"));
    String order = entries.value("fortran_order", Pattern.compile("True|False"));
    List<Integer> shape = shape(file, entries.value("shape", SHAPE));
    NpyArray array = new NpyArray(shape, order.equals("True"), type.substring(1, 4), elements);
    long expected =
        shape.stream().mapToLong(Integer::longValue).reduce(array.size, NpyArray::times);
    if (expected != elements.remaining()) {
      throw MotionError.NOT_NPY.at(
          file, "elements", elements.remaining() + " bytes", String.valueOf(expected));
    }
    return array;
  }

  /** The three keys of a header, each just once. */
  private record Entries(String file, String text) {
    String value(String key, Pattern pattern) {
      Matcher entry = ENTRY.matcher(text);
      List<String> found = new ArrayList<>();
      int count = 0;
      int at = 0;
      while (entry.lookingAt()) {
        count++;
        if (entry.group("key").equals(key)) {
          found.add(entry.group("value"));
        }
        at = entry.end();
        entry.region(at, text.length());
      }
      if (at != text.length() || count != 3 || found.size() != 1) {
        throw MotionError.NOT_NPY.at(
            file, "header", excerpt(text), "descr, fortran_order and shape, each once");
      }
      if (!pattern.matcher(found.getFirst()).matches()) {
        throw MotionError.NOT_NPY.at(file, key, found.getFirst(), pattern.pattern());
      }
      return found.getFirst();
    }
  }

  private static List<Integer> shape(String file, String text) {
    List<Integer> shape = new ArrayList<>();
    for (String dim : text.substring(1, text.length() - 1).split(",", -1)) {
      if (!dim.isBlank()) {
        shape.add(Integer.valueOf(dim.strip()));
      }
    }
    if (shape.size() > 8) {
      throw MotionError.WRONG_SHAPE.at(file, "shape", shape);
    }
    return List.copyOf(shape);
  }

  /** More than a file can have counts as −1, which no file has. */
  private static long times(long a, long b) {
    return a < 0 || Math.multiplyHigh(a, b) != 0 || a * b < 0 ? -1 : a * b;
  }

  private static String excerpt(String text) {
    return text.length() <= 60 ? text.strip() : text.substring(0, 57) + "...";
  }

  /** Outermost first. */
  List<Integer> shape() {
    return shape;
  }

  /** An element by its place on the last two axes; axes before them have size 1. */
  float value(int row, int column) {
    int rows = shape.get(shape.size() - 2);
    int columns = shape.getLast();
    int at = size * (fortran ? column * rows + row : row * columns + column);
    return switch (kind) {
      case 'f' -> size == 4 ? elements.getFloat(at) : (float) elements.getDouble(at);
      default -> size == 2 ? elements.getShort(at) : elements.getInt(at);
    };
  }
}
