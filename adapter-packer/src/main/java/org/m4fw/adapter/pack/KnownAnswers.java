package org.m4fw.adapter.pack;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/**
 * The section {@code known-answers} of a bound package, safetensors without metadata:
 *
 * <ul>
 *   <li>{@code input_ids} I64 [cases, length]: the questions;
 *   <li>{@code logits} F32 [cases, vocabulary]: the scores of the token after each of them.
 * </ul>
 */
final class KnownAnswers {
  static final String SECTION = "known-answers";
  private static final String IDS = "input_ids";
  private static final String LOGITS = "logits";
  static final int MAX_CASES = 64;
  private static final int MAX_LENGTH = 8192;
  private static final int MAX_VOCABULARY = 1 << 20;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private KnownAnswers() {}

  /**
   * The section; all questions have the same length.
   *
   * @param file that it becomes a part of, for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link PackageError#ANSWERS_NOT_FINITE} if
   *     the adapter drove the graph to where its numbers end
   */
  static List<MemorySegment> section(Path file, List<KnownAnswer> answers) {
    int length = answers.getFirst().ids().size();
    int vocabulary = answers.getFirst().logits().length;
    byte[] ids = new byte[Math.multiplyExact(answers.size() * length, 8)];
    byte[] logits = new byte[Math.multiplyExact(answers.size() * vocabulary, 4)];
    ByteBuffer idBuffer = ByteBuffer.wrap(ids).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer logitBuffer = ByteBuffer.wrap(logits).order(ByteOrder.LITTLE_ENDIAN);
    for (KnownAnswer answer : answers) {
      answer.ids().forEach(idBuffer::putLong);
      for (float value : answer.logits()) {
        if (!Float.isFinite(value)) {
          throw PackageError.ANSWERS_NOT_FINITE.at(file, SECTION, value);
        }
        logitBuffer.putFloat(value);
      }
    }
    List<TensorInfo> declared =
        List.of(
            new TensorInfo(IDS, DType.I64, Shape.of(answers.size(), length)),
            new TensorInfo(LOGITS, DType.F32, Shape.of(answers.size(), vocabulary)));
    return List.of(
        MemorySegment.ofArray(SafetensorsWriter.header(declared, Map.of())),
        MemorySegment.ofArray(ids),
        MemorySegment.ofArray(logits));
  }

  /**
   * Reads the section.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PackageError#BAD_ANSWERS} or an
   *     error of safetensors
   */
  static List<KnownAnswer> read(Path file, long offset, MemorySegment bytes) {
    var tensors = SafetensorsReader.read(file, offset, bytes).tensors();
    Tensor ids = tensors.get(IDS);
    Tensor logits = tensors.get(LOGITS);
    if (ids == null || logits == null || tensors.size() != 2) {
      throw bad(file, "tensors " + tensors.keySet());
    }
    if (ids.dtype() != DType.I64
        || logits.dtype() != DType.F32
        || ids.shape().rank() != 2
        || logits.shape().rank() != 2
        || ids.shape().dim(0) != logits.shape().dim(0)
        || outside(ids.shape().dim(0), MAX_CASES)
        || outside(ids.shape().dim(1), MAX_LENGTH)
        || outside(logits.shape().dim(1), MAX_VOCABULARY)) {
      throw bad(
          file,
          "input_ids %s %s and logits %s %s"
              .formatted(ids.dtype(), ids.shape(), logits.dtype(), logits.shape()));
    }
    int length = (int) ids.shape().dim(1);
    int vocabulary = (int) logits.shape().dim(1);
    List<KnownAnswer> answers = new ArrayList<>();
    for (int row = 0; row < ids.shape().dim(0); row++) {
      List<Long> question = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        long id = ids.data().get(LONG, 8L * (row * length + i));
        if (id < 0 || id >= vocabulary) {
          throw bad(file, "token " + id);
        }
        question.add(id);
      }
      answers.add(new KnownAnswer(question, scores(file, logits, row, vocabulary)));
    }
    return answers;
  }

  private static float[] scores(Path file, Tensor logits, int row, int vocabulary) {
    float[] scores = new float[vocabulary];
    TensorFloats.read(logits, (long) row * vocabulary, scores, 0, vocabulary);
    for (float score : scores) {
      if (!Float.isFinite(score)) {
        throw bad(file, "a score that is " + score);
      }
    }
    return scores;
  }

  private static boolean outside(long value, int limit) {
    return value < 1 || value > limit;
  }

  private static RuntimeException bad(Path file, String found) {
    return PackageError.BAD_ANSWERS.at(file, SECTION, found, MAX_CASES, MAX_LENGTH);
  }
}
