package org.m4fw.checkpoint.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a pickle holds. Containers may hold themselves or one value many times, as in Python:
 * nothing here may be compared, hashed or printed whole.
 */
sealed interface PickleValue {

  /** What it is, for messages. */
  String kind();

  enum Constant implements PickleValue {
    NONE,
    TRUE,
    FALSE;

    @Override
    public String kind() {
      return this == NONE ? "None" : "a truth value";
    }
  }

  record Whole(BigInteger value) implements PickleValue {
    @Override
    public String kind() {
      return "an integer";
    }
  }

  record Text(String value) implements PickleValue {
    @Override
    public String kind() {
      return "a string";
    }
  }

  /** Something harmless that is of no use here: a float, bytes, training arguments. */
  record Inert(String kind) implements PickleValue {}

  enum Sequence {
    TUPLE("a tuple"),
    LIST("a list"),
    SET("a set");

    private final String kind;

    Sequence(String kind) {
      this.kind = kind;
    }
  }

  /** A tuple, or a list or set that is still added to. */
  record Items(Sequence sequence, List<PickleValue> items) implements PickleValue {
    @Override
    public String kind() {
      return sequence.kind;
    }
  }

  record Entry(PickleValue key, PickleValue value) {}

  /**
   * A dictionary that is still added to. A list, because keys from a file are not to be hashed;
   * whoever needs keys to be different checks that.
   */
  record Mapping(List<Entry> entries) implements PickleValue {
    static Mapping empty() {
      return new Mapping(new ArrayList<>(0));
    }

    @Override
    public String kind() {
      return "a dictionary";
    }
  }

  record Function(TorchFunction function) implements PickleValue {
    @Override
    public String kind() {
      return function.python();
    }
  }

  /**
   * The class of a storage.
   *
   * @param type empty for an untyped storage, which counts bytes
   */
  record StorageClass(Optional<TorchType> type) implements PickleValue {
    @Override
    public String kind() {
      return "a storage class";
    }
  }

  record ElementType(TorchType type) implements PickleValue {
    @Override
    public String kind() {
      return "a torch.dtype";
    }
  }

  /**
   * Bytes elsewhere in the file.
   *
   * @param count of elements; of bytes in an untyped storage
   */
  record Storage(String key, Optional<TorchType> type, long count) implements PickleValue {
    @Override
    public String kind() {
      return "a storage";
    }

    int elementBytes() {
      return type.map(TorchType::bytes).orElse(1);
    }
  }

  /**
   * A tensor over a storage; nothing is checked against the storage yet.
   *
   * @param offset of the first element, in elements, as the strides are
   */
  record TensorView(
      Storage storage, TorchType type, long offset, List<Long> dims, List<Long> strides)
      implements PickleValue {
    @Override
    public String kind() {
      return "a tensor";
    }
  }
}
