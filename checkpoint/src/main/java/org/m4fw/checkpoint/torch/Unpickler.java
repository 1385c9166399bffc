package org.m4fw.checkpoint.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.torch.PickleValue.Constant;
import org.m4fw.checkpoint.torch.PickleValue.Entry;
import org.m4fw.checkpoint.torch.PickleValue.Inert;
import org.m4fw.checkpoint.torch.PickleValue.Items;
import org.m4fw.checkpoint.torch.PickleValue.Mapping;
import org.m4fw.checkpoint.torch.PickleValue.Sequence;
import org.m4fw.checkpoint.torch.PickleValue.Storage;
import org.m4fw.checkpoint.torch.PickleValue.Text;
import org.m4fw.checkpoint.torch.PickleValue.Whole;

/**
 * A pickle machine (protocols 2 to 5) that builds values and nothing else. A pickle is a program
 * that names functions and calls them; here the only functions are those of {@link TorchFunction},
 * whose results {@link TorchObjects} describes, and a pickle that as much as names another is
 * refused. Memory and time are bounded by {@link #MAX_STEPS} and {@link #MAX_BYTES}.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the opcodes</a>
 */
final class Unpickler {
  /** Opcodes; a tensor takes about 40 of them. */
  static final int MAX_STEPS = 2_000_000;

  /** Length of a pickle; a tensor takes about 200 bytes. */
  static final long MAX_BYTES = 64 << 20;

  private static final int STOP = '.';

  /** Those that exist, but do not come from torch.save, by name for messages. */
  private static final Map<Integer, String> REFUSED =
      Map.ofEntries(
          Map.entry(0x82, "EXT1 (extension registry)"),
          Map.entry(0x83, "EXT2 (extension registry)"),
          Map.entry(0x84, "EXT4 (extension registry)"),
          Map.entry(0x92, "NEWOBJ_EX"),
          Map.entry(0x96, "BYTEARRAY8"),
          Map.entry(0x97, "NEXT_BUFFER"),
          Map.entry(0x98, "READONLY_BUFFER"),
          Map.entry((int) 'i', "INST"),
          Map.entry((int) 'o', "OBJ"),
          Map.entry((int) 'P', "PERSID"),
          Map.entry((int) '2', "DUP"),
          Map.entry((int) 'I', "INT"),
          Map.entry((int) 'L', "LONG"),
          Map.entry((int) 'F', "FLOAT"),
          Map.entry((int) 'S', "STRING"),
          Map.entry((int) 'V', "UNICODE"),
          Map.entry((int) 'g', "GET"),
          Map.entry((int) 'p', "PUT"));

  /**
   * What a pickle says.
   *
   * @param storages all that it names, by key
   */
  record Result(PickleValue value, SortedMap<String, Storage> storages) {}

  private final PickleBytes in;
  private final PickleStack stack;
  private final TorchObjects objects;
  private final SortedMap<String, Storage> storages = new TreeMap<>();

  private Unpickler(PickleBytes in) {
    this.in = in;
    this.stack = new PickleStack(in);
    this.objects = new TorchObjects(in);
  }

  /** Reads one pickle and leaves the position behind it. */
  static Result load(PickleBytes in) {
    return new Unpickler(in).load();
  }

  private Result load() {
    long start = in.position();
    for (int steps = 0; steps < MAX_STEPS; steps++) {
      int opcode = in.u8();
      if (opcode == STOP) {
        return new Result(stack.pop(), Collections.unmodifiableSortedMap(storages));
      }
      step(opcode);
      if (in.position() - start > MAX_BYTES) {
        throw in.problem(TorchError.PICKLE_LIMIT, MAX_BYTES, "bytes");
      }
    }
    throw in.problem(TorchError.PICKLE_LIMIT, MAX_STEPS, "opcodes");
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> in.u64(); // FRAME: how far to read ahead
      case '(' -> stack.mark();
      case '0' -> popOne();
      case '1' -> stack.popMark();
      case 'q' -> stack.remember(in.u8());
      case 'r' -> stack.remember(in.u32());
      case 0x94 -> stack.remember();
      case 'h' -> stack.recall(in.u8());
      case 'j' -> stack.recall(in.u32());
      case 'c' -> stack.push(objects.named(in.line(), in.line()));
      case 0x93 -> stackGlobal();
      case 'R' -> call();
      case 0x81 -> create();
      case 'b' -> build();
      case 'Q' -> stack.push(storage());
      case ']' -> stack.push(items(Sequence.LIST, new ArrayList<>(0)));
      case ')' -> stack.push(items(Sequence.TUPLE, List.of()));
      case 0x8f -> stack.push(items(Sequence.SET, new ArrayList<>(0)));
      case 't' -> stack.push(items(Sequence.TUPLE, stack.popMark()));
      case 'l' -> stack.push(items(Sequence.LIST, stack.popMark()));
      case 0x91 -> stack.push(items(Sequence.SET, stack.popMark()));
      case 0x85, 0x86, 0x87 -> stack.push(shortTuple(opcode - 0x84));
      case 'a' -> append(Sequence.LIST, List.of(stack.pop()));
      case 'e' -> append(Sequence.LIST, stack.popMark());
      case 0x90 -> append(Sequence.SET, stack.popMark());
      case '}' -> stack.push(Mapping.empty());
      case 'd' -> dictionary();
      case 's' -> putOne();
      case 'u' -> put(stack.popMark());
      default -> stack.push(scalar(opcode));
    }
  }

  private PickleValue scalar(int opcode) {
    return switch (opcode) {
      case 'N' -> Constant.NONE;
      case 0x88 -> Constant.TRUE;
      case 0x89 -> Constant.FALSE;
      case 'K' -> whole(in.u8());
      case 'M' -> whole(in.u16());
      case 'J' -> whole(in.i32());
      case 0x8a -> new Whole(in.integer(in.u8()));
      case 0x8b -> new Whole(in.integer(in.i32()));
      case 'G' -> skipped("a float", 8);
      case 0x8c, 'U' -> new Text(in.text(in.u8()));
      case 'X' -> new Text(in.text(in.u32()));
      case 'T' -> new Text(in.text(in.i32()));
      case 0x8d -> new Text(in.text(in.u64()));
      case 'C' -> skipped("bytes", in.u8());
      case 'B' -> skipped("bytes", in.u32());
      case 0x8e -> skipped("bytes", in.u64());
      default ->
          throw in.problem(
              TorchError.OPCODE_REFUSED,
              REFUSED.getOrDefault(opcode, String.format(Locale.ROOT, "0x%02x", opcode)));
    };
  }

  private void protocol(int version) {
    if (version < 2 || version > 5) {
      throw in.problem(TorchError.PICKLE_PROTOCOL, version);
    }
  }

  private static Whole whole(long value) {
    return new Whole(BigInteger.valueOf(value));
  }

  private Inert skipped(String kind, long bytes) {
    in.skip(bytes);
    return new Inert(kind);
  }

  private static Items items(Sequence sequence, List<PickleValue> items) {
    return new Items(sequence, items);
  }

  private Items shortTuple(int length) {
    List<PickleValue> items = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      items.addFirst(stack.pop());
    }
    return items(Sequence.TUPLE, items);
  }

  private void popOne() {
    if (stack.atMark()) {
      stack.popMark();
    } else {
      stack.pop();
    }
  }

  private void append(Sequence sequence, List<PickleValue> added) {
    stack.topItems(sequence).items().addAll(added);
  }

  private void dictionary() {
    List<PickleValue> added = stack.popMark();
    stack.push(Mapping.empty());
    put(added);
  }

  private void putOne() {
    PickleValue value = stack.pop();
    PickleValue key = stack.pop();
    stack.topMapping().entries().add(new Entry(key, value));
  }

  private void put(List<PickleValue> added) {
    if (added.size() % 2 != 0) {
      throw in.problem(TorchError.PICKLE_STACK, "keys with values", "a key without a value");
    }
    List<Entry> entries = stack.topMapping().entries();
    for (int i = 0; i < added.size(); i += 2) {
      entries.add(new Entry(added.get(i), added.get(i + 1)));
    }
  }

  private void stackGlobal() {
    String name = stack.popText();
    stack.push(objects.named(stack.popText(), name));
  }

  private void call() {
    List<PickleValue> arguments = stack.popTuple().items();
    stack.push(objects.call(stack.pop(), arguments));
  }

  private void create() {
    List<PickleValue> arguments = stack.popTuple().items();
    stack.push(objects.create(stack.pop(), arguments));
  }

  /** Attributes of dictionaries and arguments (such as {@code _metadata}) are of no use here. */
  private void build() {
    stack.pop();
    PickleValue built = stack.top();
    if (!(built instanceof Mapping || built instanceof Inert)) {
      throw in.problem(TorchError.PICKLE_STACK, "an object with attributes", built.kind());
    }
  }

  private Storage storage() {
    Storage found = objects.storage(stack.popTuple().items());
    Storage known = storages.putIfAbsent(found.key(), found);
    if (known != null
        && (known.count() != found.count() || known.elementBytes() != found.elementBytes())) {
      throw in.problem(
          TorchError.STORAGE_TYPES,
          found.key(),
          known.count(),
          known.elementBytes(),
          found.count(),
          found.elementBytes());
    }
    return found;
  }
}
