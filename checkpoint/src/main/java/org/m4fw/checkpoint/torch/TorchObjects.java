package org.m4fw.checkpoint.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.torch.PickleValue.ElementType;
import org.m4fw.checkpoint.torch.PickleValue.Entry;
import org.m4fw.checkpoint.torch.PickleValue.Function;
import org.m4fw.checkpoint.torch.PickleValue.Inert;
import org.m4fw.checkpoint.torch.PickleValue.Items;
import org.m4fw.checkpoint.torch.PickleValue.Mapping;
import org.m4fw.checkpoint.torch.PickleValue.Storage;
import org.m4fw.checkpoint.torch.PickleValue.StorageClass;
import org.m4fw.checkpoint.torch.PickleValue.TensorView;
import org.m4fw.checkpoint.torch.PickleValue.Text;
import org.m4fw.checkpoint.torch.PickleValue.Whole;

/**
 * What the globals of a state dict mean: which names are known, and what their calls give. Source
 * of the argument lists: {@code torch/_utils.py} and {@code torch/serialization.py}.
 */
final class TorchObjects {
  /** As PyTorch itself limits it. */
  private static final int MAX_RANK = 64;

  /** Entries that calls may make; one call can make many of them out of one remembered list. */
  private static final int MAX_CALLED_ENTRIES = Unpickler.MAX_STEPS;

  private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

  private final PickleBytes in;
  private long calledEntries;

  TorchObjects(PickleBytes in) {
    this.in = in;
  }

  /** The function, class or dtype of this name; any other is refused by name. */
  PickleValue named(String module, String name) {
    String full = module + "." + name;
    Optional<TorchFunction> function = TorchFunction.of(full);
    if (function.isPresent()) {
      return new Function(function.get());
    }
    if (module.equals("torch") || module.equals("torch.storage")) {
      Optional<TorchType> storage = TorchType.ofStorage(name);
      if (storage.isPresent() || name.equals("UntypedStorage")) {
        return new StorageClass(storage);
      }
    }
    if (module.equals("torch")) {
      Optional<TorchType> dtype = TorchType.ofDtype(name);
      if (dtype.isPresent()) {
        return new ElementType(dtype.get());
      }
    }
    throw in.problem(TorchError.GLOBAL_REFUSED, full);
  }

  /** What a call gives (REDUCE). */
  PickleValue call(PickleValue callee, List<PickleValue> arguments) {
    if (!(callee instanceof Function(TorchFunction function))) {
      throw in.problem(TorchError.PICKLE_STACK, "a function", callee.kind());
    }
    Arguments given = new Arguments(function, arguments);
    return switch (function) {
      case ORDERED_DICT -> orderedDict(given);
      case REBUILD_TENSOR -> typedTensor(given.between(4, 4));
      case REBUILD_TENSOR_V2 -> typedTensor(given.between(6, 7));
      case REBUILD_TENSOR_V3 -> untypedTensor(given.between(7, 8));
      case REBUILD_PARAMETER -> given.between(3, 3).at(0, TensorView.class, "a tensor");
      case REBUILD_PARAMETER_WITH_STATE -> given.between(4, 4).at(0, TensorView.class, "a tensor");
      case SIZE -> given.between(1, 1).at(0, Items.class, "a tuple");
      case DEVICE -> new Inert("a torch.device");
      case NAMESPACE -> throw given.wrong("a call", "an object made without one");
    };
  }

  /** What a class gives for a new object (NEWOBJ). */
  PickleValue create(PickleValue type, List<PickleValue> arguments) {
    if (!(type instanceof Function(TorchFunction function))) {
      throw in.problem(TorchError.PICKLE_STACK, "a class", type.kind());
    }
    Arguments given = new Arguments(function, arguments);
    return switch (function) {
      case NAMESPACE -> {
        given.between(0, 0);
        yield new Inert("training arguments");
      }
      case ORDERED_DICT, SIZE -> call(type, arguments);
      default -> throw in.problem(TorchError.PICKLE_STACK, "a class", type.kind());
    };
  }

  /** A storage outside the pickle: ('storage', class, key, location, count), older: and view. */
  Storage storage(List<PickleValue> id) {
    Arguments given = new Arguments("persistent id", id).between(5, 6);
    if (!given.at(0, Text.class, "'storage'").value().equals("storage")) {
      throw given.wrong("another kind", "'storage'");
    }
    StorageClass type = given.at(1, StorageClass.class, "a storage class");
    String key = given.at(2, Text.class, "a key").value();
    if (id.size() == 6 && id.get(5) != PickleValue.Constant.NONE) {
      throw in.problem(TorchError.STORAGE_VIEW, key);
    }
    return new Storage(key, type.type(), given.count(4));
  }

  private Mapping orderedDict(Arguments given) {
    given.between(0, 1);
    Mapping mapping = Mapping.empty();
    if (given.values().isEmpty()) {
      return mapping;
    }
    // Python 2 gives the entries as a list of pairs.
    List<PickleValue> pairs = given.at(0, Items.class, "a list of pairs").items();
    calledEntries += pairs.size();
    if (calledEntries > MAX_CALLED_ENTRIES) {
      throw in.problem(TorchError.PICKLE_LIMIT, MAX_CALLED_ENTRIES, "dictionary entries");
    }
    for (PickleValue pair : pairs) {
      if (!(pair instanceof Items items) || items.items().size() != 2) {
        throw given.wrong(pair.kind(), "pairs");
      }
      mapping.entries().add(new Entry(items.items().get(0), items.items().get(1)));
    }
    return mapping;
  }

  private TensorView typedTensor(Arguments given) {
    Storage storage = given.at(0, Storage.class, "a storage");
    TorchType type =
        storage.type().orElseThrow(() -> given.wrong("an untyped storage", "a typed one"));
    return tensor(given, storage, type);
  }

  private TensorView untypedTensor(Arguments given) {
    ElementType type = given.at(6, ElementType.class, "a torch.dtype");
    return tensor(given, given.at(0, Storage.class, "a storage"), type.type());
  }

  private TensorView tensor(Arguments given, Storage storage, TorchType type) {
    List<Long> dims = given.counts(2);
    List<Long> strides = given.counts(3);
    if (dims.size() != strides.size()) {
      throw in.problem(TorchError.SHAPE, dims, strides);
    }
    return new TensorView(storage, type, given.count(1), dims, strides);
  }

  /** Arguments of a call, checked as they are taken. */
  private final class Arguments {
    private final String callee;
    private final List<PickleValue> values;

    Arguments(String callee, List<PickleValue> values) {
      this.callee = callee;
      this.values = values;
    }

    Arguments(TorchFunction callee, List<PickleValue> values) {
      this(callee.python(), values);
    }

    List<PickleValue> values() {
      return values;
    }

    Arguments between(int least, int most) {
      if (values.size() < least || values.size() > most) {
        throw wrong(
            values.size() + " arguments", least == most ? "" + most : least + " to " + most);
      }
      return this;
    }

    <T extends PickleValue> T at(int index, Class<T> type, String expected) {
      PickleValue value = values.get(index);
      if (!type.isInstance(value)) {
        throw wrong(value.kind(), expected);
      }
      return type.cast(value);
    }

    /** An integer from 0 to 2^63−1. */
    long count(int index) {
      return count(values.get(index));
    }

    private long count(PickleValue value) {
      if (!(value instanceof Whole(BigInteger whole))) {
        throw wrong(value.kind(), "an integer");
      }
      if (whole.signum() < 0 || whole.compareTo(MAX_LONG) > 0) {
        throw wrong(
            whole.signum() < 0
                ? "a negative number"
                : "a number of %s bits".formatted(whole.bitLength()),
            "0 to 2^63-1");
      }
      return whole.longValueExact();
    }

    List<Long> counts(int index) {
      List<PickleValue> items = at(index, Items.class, "a tuple of integers").items();
      if (items.size() > MAX_RANK) {
        throw wrong(items.size() + " dimensions", "at most " + MAX_RANK);
      }
      List<Long> counts = new ArrayList<>(items.size());
      for (PickleValue item : items) {
        counts.add(count(item));
      }
      return List.copyOf(counts);
    }

    ProblemException wrong(String found, String expected) {
      return in.problem(TorchError.PICKLE_ARGUMENTS, callee, found, expected);
    }
  }
}
