package org.m4fw.cli.command;

import org.m4fw.cli.console.Console;
import org.m4fw.image.slot.Slots;
import picocli.CommandLine;

/** {@code image boot}. */
@CommandLine.Command(
    description = {
      "Starts a simulated device: the image on trial if there is one, else the active one. A try"
          + " is counted, then signatures, rollback index and all sections are verified and the"
          + " known answers compared.",
      "An image on trial that fails three times, or that nobody marks good, is given up."
    },
    footer = {"", "Examples:", "  m4fw image boot --slots device --root trust-root.json"})
final class ImageBootCommand implements Command {
  @CommandLine.Mixin DeviceOptions device = new DeviceOptions();

  @Override
  public void run(Console console) {
    Slots slots = device.slots(console);
    Slots.Started started = slots.start();
    started.given().ifPresent(problem -> console.notice("not started: " + problem.text()));
    device.report(
        console,
        slots,
        "started slot %s%s".formatted(started.slot().text(), started.trial() ? ", on trial" : ""));
  }
}
