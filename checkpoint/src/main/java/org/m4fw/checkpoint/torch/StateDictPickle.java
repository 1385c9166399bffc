package org.m4fw.checkpoint.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pickles an ordered dictionary of tensors, byte for byte as Python does for {@code torch.save}:
 * protocol 2, every object remembered under the next number, each tensor with a storage of its own
 * that is named after its place.
 */
final class StateDictPickle {
  /** How many entries of a dictionary Python sets at once. */
  private static final int BATCH = 1000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, Integer> memo = new HashMap<>();
  private int remembered;

  private StateDictPickle() {}

  /**
   * The pickle.
   *
   * @param under the key of an outer dictionary that holds this one alone
   */
  static byte[] of(Optional<String> under, List<ArchiveWriter.Declared> tensors) {
    StateDictPickle pickle = new StateDictPickle();
    pickle.op(0x80, 2);
    if (under.isPresent()) {
      pickle.op('}').remember();
      pickle.text(under.get());
    }
    pickle.global("collections", "OrderedDict");
    pickle.op(')', 'R').remember();
    pickle.entries(tensors);
    if (under.isPresent()) {
      pickle.op('s');
    }
    return pickle.op('.').out.toByteArray();
  }

  private void entries(List<ArchiveWriter.Declared> tensors) {
    for (int from = 0; from < tensors.size(); from += BATCH) {
      List<ArchiveWriter.Declared> batch =
          tensors.subList(from, Math.min(from + BATCH, tensors.size()));
      boolean alone = batch.size() == 1;
      if (!alone) {
        op('(');
      }
      for (int i = 0; i < batch.size(); i++) {
        tensor(batch.get(i), from + i);
      }
      op(alone ? 's' : 'u');
    }
  }

  private void tensor(ArchiveWriter.Declared tensor, int index) {
    text(tensor.name());
    global("torch._utils", "_rebuild_tensor_v2");
    op('(', '(');
    shared("storage");
    global("torch", tensor.type().storage());
    text(Integer.toString(index));
    shared("cpu");
    whole(tensor.count());
    op('t').remember();
    op('Q');
    whole(0);
    tuple(tensor.dims());
    tuple(strides(tensor.dims()));
    op(0x89);
    global("collections", "OrderedDict");
    op(')', 'R').remember();
    op('t').remember();
    op('R').remember();
  }

  private static List<Long> strides(List<Long> dims) {
    Long[] strides = new Long[dims.size()];
    long step = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = step;
      step *= Math.max(1, dims.get(axis));
    }
    return List.of(strides);
  }

  private void tuple(List<Long> values) {
    if (values.size() > 3) {
      op('(');
    }
    for (long value : values) {
      whole(value);
    }
    switch (values.size()) {
      case 0 -> op(')');
      case 1, 2, 3 -> op(0x84 + values.size()).remember();
      default -> op('t').remember();
    }
  }

  private void whole(long value) {
    if (value >= 0 && value < 1 << 8) {
      op('K', (int) value);
    } else if (value >= 0 && value < 1 << 16) {
      op('M', (int) value & 255, (int) value >> 8);
    } else if (value == (int) value) {
      op('J').u32((int) value);
    } else {
      // LONG1: as few bytes of two's complement as hold the value and its sign.
      int bytes = (64 - Long.numberOfLeadingZeros(value < 0 ? ~value : value)) / 8 + 1;
      op(0x8a, bytes);
      for (int i = 0; i < bytes; i++) {
        op((int) (value >> (8 * i)) & 255);
      }
    }
  }

  private void global(String module, String name) {
    String key = module + "\n" + name + "\n";
    if (recall(key)) {
      return;
    }
    op('c');
    out.writeBytes(key.getBytes(StandardCharsets.US_ASCII));
    remember(key);
  }

  /** A string that Python holds once. */
  private void shared(String text) {
    if (!recall(text)) {
      memo.put(text, remembered);
      text(text);
    }
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X').u32(utf8.length);
    out.writeBytes(utf8);
    remember();
  }

  private boolean recall(String key) {
    Integer index = memo.get(key);
    if (index == null) {
      return false;
    }
    if (index < 256) {
      op('h', index);
    } else {
      op('j').u32(index);
    }
    return true;
  }

  private void remember(String key) {
    memo.put(key, remembered);
    remember();
  }

  private void remember() {
    if (remembered < 256) {
      op('q', remembered);
    } else {
      op('r').u32(remembered);
    }
    remembered++;
  }

  private void u32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private StateDictPickle op(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }
}
