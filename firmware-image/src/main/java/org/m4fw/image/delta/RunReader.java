package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.image.Section;
import org.m4fw.image.verity.TreeShape;

/** Reads the runs of a delta in order; never holds more than a piece needs. */
final class RunReader {
  private final String file;
  private final MemorySegment runs;
  private final List<DeltaContent.Source> sources;
  private long next;
  private long literals;

  /** The part of a run that has not been given out yet. */
  private Run rest = new Run(Run.LITERAL, 0, 0);

  RunReader(String file, MemorySegment runs, List<DeltaContent.Source> sources) {
    this.file = file;
    this.runs = runs;
    this.sources = sources;
    if (runs.byteSize() % Run.BYTES != 0) {
      throw DeltaError.RUNS_LENGTH.at(file, "runs", runs.byteSize(), Run.BYTES);
    }
  }

  /**
   * Checks all runs: they fill the sections exactly, and copy from where there is something.
   *
   * @return the number of literal blocks
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError}
   */
  static long check(
      String file, MemorySegment runs, List<DeltaContent.Source> sources, List<Section> sections) {
    RunReader reader = new RunReader(file, runs, sources);
    for (Section section : sections) {
      long wanted = TreeShape.of(section.length()).dataBlocks();
      while (wanted > 0) {
        wanted -= reader.whole(section, wanted).count();
      }
    }
    if (reader.next < reader.total()) {
      throw DeltaError.RUNS_LEFT.at(file, reader.item());
    }
    return reader.literals;
  }

  private Run whole(Section section, long wanted) {
    if (next == total()) {
      throw DeltaError.RUNS_MISSING.at(file, "runs", section.id(), wanted);
    }
    Run run = checked();
    if (run.count() > wanted) {
      throw DeltaError.RUN_TOO_LONG.at(file, item(), run.count(), section.id(), wanted);
    }
    next++;
    literals += run.literal() ? run.count() : 0;
    return run;
  }

  private Run checked() {
    Run run = Run.read(runs, next);
    if (run.count() < 1) {
      throw DeltaError.RUN_EMPTY.at(file, item());
    }
    if (run.literal()) {
      if (run.first() != 0) {
        throw DeltaError.RUN_FIELD.at(file, item(), run.first());
      }
      return run;
    }
    if (run.source() < 0 || run.source() >= sources.size()) {
      throw DeltaError.RUN_SOURCE.at(
          file, item(), Integer.toUnsignedLong(run.source()), sources.size());
    }
    long blocks = TreeShape.of(sources.get(run.source()).length()).dataBlocks();
    if (run.first() < 0 || run.first() > blocks || run.count() > blocks - run.first()) {
      throw DeltaError.COPY_OUT_OF_RANGE.at(file, item(), run.count(), run.first(), blocks);
    }
    return run;
  }

  /** The next runs, cut to so many blocks in all; the runs have been checked. */
  List<Run> take(long blocks) {
    List<Run> taken = new ArrayList<>();
    long wanted = blocks;
    while (wanted > 0) {
      if (rest.count() == 0) {
        rest = Run.read(runs, next++);
      }
      int count = (int) Math.min(wanted, rest.count());
      taken.add(new Run(rest.source(), count, rest.first()));
      rest =
          new Run(
              rest.source(),
              rest.count() - count,
              rest.literal() ? rest.first() : rest.first() + count);
      wanted -= count;
    }
    return taken;
  }

  private long total() {
    return runs.byteSize() / Run.BYTES;
  }

  private String item() {
    return "run " + next;
  }
}
