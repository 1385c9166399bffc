package org.m4fw.adapter;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;

/** A file of 32-bit numbers, made by a test. */
public final class TensorFile {
  private final SortedMap<String, Shape> shapes = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final SortedMap<String, float[]> values = new TreeMap<>();

  /** Adds a tensor. */
  public TensorFile add(String name, Shape shape, float... numbers) {
    shapes.put(name, shape);
    values.put(name, numbers);
    return this;
  }

  /** Adds a text to the header. */
  public TensorFile metadata(String name, String text) {
    metadata.put(name, text);
    return this;
  }

  /** Adds a tensor of one number. */
  public TensorFile fill(String name, float value, long... dims) {
    Shape shape = Shape.of(dims);
    float[] numbers = new float[Math.toIntExact(shape.count())];
    java.util.Arrays.fill(numbers, value);
    return add(name, shape, numbers);
  }

  /** Writes it. */
  public Path write(Path path) {
    List<TensorInfo> declared =
        shapes.entrySet().stream()
            .map(entry -> new TensorInfo(entry.getKey(), DType.F32, entry.getValue()))
            .toList();
    try (OutputFile file = OutputFile.create(path)) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared, metadata);
      values.forEach((name, numbers) -> writer.append(name, MemorySegment.ofArray(numbers)));
      writer.finish();
      file.commit();
    }
    return path;
  }
}
