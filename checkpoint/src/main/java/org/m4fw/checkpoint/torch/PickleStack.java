package org.m4fw.checkpoint.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.checkpoint.torch.PickleValue.Items;
import org.m4fw.checkpoint.torch.PickleValue.Mapping;
import org.m4fw.checkpoint.torch.PickleValue.Sequence;

/** The stack, its marks, and the memo of the pickle machine. */
final class PickleStack {
  /** Python writes containers in pieces of 1000, so that the stack stays low. */
  static final int MAX_STACK = 1_000_000;

  /** As deep as Python's own recursion goes. */
  static final int MAX_MARKS = 1000;

  private final PickleBytes in;
  private final List<PickleValue> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, PickleValue> memo = new HashMap<>();

  PickleStack(PickleBytes in) {
    this.in = in;
  }

  void push(PickleValue value) {
    if (values.size() == MAX_STACK) {
      throw in.problem(TorchError.PICKLE_LIMIT, MAX_STACK, "values on the stack");
    }
    values.add(value);
  }

  PickleValue top() {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (values.size() <= floor) {
      throw in.problem(TorchError.PICKLE_STACK, "a value", "an empty stack");
    }
    return values.getLast();
  }

  PickleValue pop() {
    PickleValue top = top();
    values.removeLast();
    return top;
  }

  void mark() {
    if (marks.size() == MAX_MARKS) {
      throw in.problem(TorchError.PICKLE_LIMIT, MAX_MARKS, "marks");
    }
    marks.add(values.size());
  }

  /** Whether nothing lies above the last mark; POP then removes the mark. */
  boolean atMark() {
    return !marks.isEmpty() && marks.getLast() == values.size();
  }

  /** All above the last mark, which goes too. */
  List<PickleValue> popMark() {
    if (marks.isEmpty()) {
      throw in.problem(TorchError.PICKLE_STACK, "a mark", "none");
    }
    List<PickleValue> above = values.subList(marks.removeLast(), values.size());
    List<PickleValue> taken = new ArrayList<>(above);
    above.clear();
    return taken;
  }

  Items popTuple() {
    PickleValue top = pop();
    if (top instanceof Items items && items.sequence() == Sequence.TUPLE) {
      return items;
    }
    throw in.problem(TorchError.PICKLE_STACK, "a tuple", top.kind());
  }

  String popText() {
    PickleValue top = pop();
    if (top instanceof PickleValue.Text text) {
      return text.value();
    }
    throw in.problem(TorchError.PICKLE_STACK, "a string", top.kind());
  }

  /** The list or set on top. */
  Items topItems(Sequence sequence) {
    PickleValue top = top();
    if (top instanceof Items items && items.sequence() == sequence) {
      return items;
    }
    throw in.problem(TorchError.PICKLE_STACK, "a list or set", top.kind());
  }

  /** The dictionary on top. */
  Mapping topMapping() {
    PickleValue top = top();
    if (top instanceof Mapping mapping) {
      return mapping;
    }
    throw in.problem(TorchError.PICKLE_STACK, "a dictionary", top.kind());
  }

  void remember(long index) {
    memo.put(index, top());
  }

  /** Under the next free number, as MEMOIZE counts. */
  void remember() {
    remember(memo.size());
  }

  void recall(long index) {
    push(
        Optional.ofNullable(memo.get(index))
            .orElseThrow(() -> in.problem(TorchError.PICKLE_MEMO, index)));
  }
}
