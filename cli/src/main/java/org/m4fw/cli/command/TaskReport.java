package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.ImageTask;
import org.m4fw.host.answer.LabelAnswer;
import org.m4fw.host.audio.Sound;
import org.m4fw.host.audio.WavWriter;
import org.m4fw.host.image.DecodedImage;
import org.m4fw.host.image.RgbImage;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.Answer;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.image.Section;
import tools.jackson.databind.node.ObjectNode;

/** Tells what a task gave, and what of the image it used. */
final class TaskReport {
  private final Console console;
  private final boolean json;
  private final Optional<Path> out;

  TaskReport(Console console, boolean json, Optional<Path> out) {
    this.console = console;
    this.json = json;
    this.out = out;
  }

  /** Says which components are opened, before the work begins. */
  static void sayOpened(ImageTask task, Progress progress) {
    for (ImageTask.Opened opened : task.opened()) {
      try (Progress.Stage stage = progress.stage("open " + opened.name(), 0)) {
        stage.detail(
            "%s in %d sections".formatted(Amounts.bytes(opened.bytes()), opened.sections().size()));
      }
    }
  }

  /** Prints the answer; writes what is none that can be printed. */
  void print(ImageTask task, Answer answer) {
    ObjectNode report = Json.object();
    report.put("task", task.path().name()).put("kind", task.path().kind().number());
    answer.heard().ifPresent(text -> told(report, "heard", text));
    answer.written().ifPresent(text -> told(report, "written", text));
    ObjectNode result = report.putObject("answer");
    switch (answer.result()) {
      case Answer.Result.Text(String text, boolean ended) -> text(result, text, ended);
      case Answer.Result.Labels(LabelAnswer labels) -> labels(result, labels);
      case Answer.Result.Speech(Sound sound) -> sound(result, sound);
      case Answer.Result.Image(RgbImage image) -> image(result, image);
    }
    if (json) {
      opened(report, task);
      console.json(report);
    }
  }

  /** Refuses to begin what would have nowhere to go. */
  void requireOut(ExecutionPath path) {
    Action last = path.steps().getLast().action();
    if (last.generates() && out.isEmpty()) {
      throw CommandError.OUT_NEEDED.at(
          "", "--out", last == Action.SPEAK ? "a WAV file" : "a PNG file");
    }
    if (!last.generates() && out.isPresent()) {
      throw CommandError.NOT_OF_A_TASK.at("", "--out");
    }
  }

  private void told(ObjectNode report, String what, String text) {
    report.put(what, text);
    if (!json) {
      console.line("%s: %s".formatted(what, text));
    }
  }

  private void text(ObjectNode result, String text, boolean ended) {
    result.put("text", text).put("ended", ended);
    if (!json) {
      console.line(text);
    }
  }

  private void labels(ObjectNode result, LabelAnswer labels) {
    result.put("label", labels.best().label());
    var list = result.putArray("probabilities");
    for (LabelAnswer.Choice choice : labels.choices()) {
      list.addObject()
          .put("label", choice.label())
          .put("probability", choice.probability())
          .put("cosine", choice.cosine());
      if (!json) {
        console.line(String.format(Locale.ROOT, "%.4f  %s", choice.probability(), choice.label()));
      }
    }
  }

  private void sound(ObjectNode result, Sound sound) {
    Path file = out.orElseThrow();
    WavWriter.write(sound, file);
    double seconds = (double) sound.length() / sound.rate();
    result.put("file", file.toString()).put("rate", sound.rate()).put("samples", sound.length());
    if (!json) {
      console.line(String.format(Locale.ROOT, "%s  %.2f s at %d Hz", file, seconds, sound.rate()));
    }
  }

  private void image(ObjectNode result, RgbImage image) {
    Path file = out.orElseThrow();
    DecodedImage.write(image, file);
    result.put("file", file.toString()).put("width", image.width()).put("height", image.height());
    if (!json) {
      console.line("%s  %d x %d".formatted(file, image.width(), image.height()));
    }
  }

  private static void opened(ObjectNode report, ImageTask task) {
    var list = report.putArray("opened");
    for (ImageTask.Opened opened : task.opened()) {
      ObjectNode one = list.addObject().put("name", opened.name()).put("bytes", opened.bytes());
      var sections = one.putArray("sections");
      for (Section section : opened.sections()) {
        sections.addObject().put("id", section.id()).put("bytes", section.length());
      }
    }
    report.put("bytes_mapped", task.mapped().stream().mapToLong(FileRanges.Range::length).sum());
  }
}
