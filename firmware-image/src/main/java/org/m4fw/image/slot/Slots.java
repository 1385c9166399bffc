package org.m4fw.image.slot;

import java.util.Optional;
import java.util.function.Supplier;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.DeltaApplication;
import org.m4fw.image.slot.Occupant.Standing;

/**
 * Two slots for images, of which one is always whole and good once there was a good one. Whenever
 * the power goes, the next start finds the old image or the new one:
 *
 * <ol>
 *   <li>install: the slot that is not active is declared empty; the image is put together beside
 *       it, with checkpoints; it gets its name; it is declared on trial
 *   <li>start: a try is counted first; signatures, rollback index and all sections are verified,
 *       the known answers compared
 *   <li>mark good, after that alone: the slot becomes active
 *   <li>only then the rollback index is raised, and the version of the trust root
 * </ol>
 *
 * <p>An image on trial that fails three times is given up, and the active one starts. If that one
 * is damaged, the other good one starts and is the active one from then on.
 */
public final class Slots {
  /** The file of the {@link RollbackState}. */
  public static final String ROLLBACK_FILE = "rollback.state";

  private final Device device;
  private final Storage storage;

  public Slots(Device device) {
    this.device = device;
    this.storage = device.storage();
  }

  /**
   * What a start came to.
   *
   * @param trial whether the image still has to be found good
   * @param given what was tried before and failed; empty if the first choice started
   */
  public record Started(SlotName slot, Occupant occupant, boolean trial, Optional<Problem> given) {}

  public SlotState state() {
    return SlotState.read(storage);
  }

  public RollbackState rollback() {
    return RollbackState.read(storage.path(ROLLBACK_FILE));
  }

  /** Installs a whole image into the slot that is not active, or goes on with that. */
  public SlotName install(ImageFile image) {
    SignedManifest signed = image.signedManifest();
    return install(
        signed,
        slot ->
            new Assembly(signed, storage, device.checkpoint(), device.work(), device.progress())
                .run(() -> Assembly.sectionsOf(image), slot.file()));
  }

  /** Installs what a delta makes of the active image. */
  public SlotName install(Delta delta) {
    SlotName active = state().active().orElseThrow(() -> SlotError.NO_BASE.at(delta.path(), ""));
    try (ImageFile base = ImageFile.open(storage.path(active.file()))) {
      return install(
          delta.result(),
          slot ->
              new DeltaApplication(storage, device.checkpoint(), device.work(), device.progress())
                  .run(delta, base, image -> {}, slot.file()));
    }
  }

  private interface Writing {
    void into(SlotName slot);
  }

  private SlotName install(SignedManifest image, Writing writing) {
    TrustVersions versions = device.trust().apply(image);
    RollbackState before = rollback();
    before.check(image.file(), image.manifest());
    before.check(image.file(), versions);
    remember(versions);
    SlotState state = state();
    product(image, state);
    SlotName slot = state.active().map(SlotName::other).orElse(SlotName.A);
    Occupant wanted = Occupant.installed(image);
    if (state.slot(slot).filter(there -> there.equals(wanted)).isPresent()) {
      return slot;
    }
    if (state.slot(slot).isPresent()) {
      state = state.without(slot);
      state.write(storage);
    }
    discard(slot, image);
    writing.into(slot);
    state.with(slot, wanted).write(storage);
    return slot;
  }

  /**
   * Remembers a list of revocations that the device has from now on: nothing is installed any more
   * without it or a later one. What is installed starts nevertheless, so that this is done at once;
   * the version of the trust root waits until the image that it bears out is found good.
   */
  public void remember(TrustVersions versions) {
    write(rollback().raised(versions.ofRevocations()));
  }

  private static void product(SignedManifest image, SlotState state) {
    Optional<Occupant> running = state.active().flatMap(state::slot);
    if (running.isPresent() && !running.get().product().equals(image.manifest().product())) {
      throw SlotError.OTHER_PRODUCT.at(
          image.file(), "", image.manifest().product(), running.get().product());
    }
  }

  /** Makes room: what was in the slot, and what was begun for another image. */
  private void discard(SlotName slot, SignedManifest image) {
    String own = Assembly.partPrefix(slot.file()) + image.imageId().hex().substring(0, 16);
    storage.delete(slot.file());
    storage.names().stream()
        .filter(name -> name.startsWith(Assembly.partPrefix(slot.file())))
        .filter(name -> !name.startsWith(own))
        .forEach(storage::delete);
    storage.sync();
  }

  /**
   * Starts the image on trial, else the active one.
   *
   * @throws ProblemException with {@link SlotError#NOTHING_TO_START} if there is none, or with what
   *     is wrong with the last one that is there
   */
  public Started start() {
    SlotState state = state();
    Optional<SlotName> trial = state.trial();
    if (trial.isEmpty()) {
      return startActive(Optional.empty());
    }
    SlotName slot = trial.get();
    Occupant occupant = state.slot(slot).orElseThrow();
    if (occupant.triesLeft() == 0) {
      state.with(slot, occupant.givenUp()).write(storage);
      return startActive(Optional.empty());
    }
    occupant = occupant.started();
    state.with(slot, occupant).write(storage);
    try {
      occupant = occupant.gaveAnswers(check(slot, occupant));
    } catch (ProblemException e) {
      if (occupant.triesLeft() == 0) {
        state.with(slot, occupant.givenUp()).write(storage);
      }
      return startActive(Optional.of(e));
    }
    state.with(slot, occupant).write(storage);
    return new Started(slot, occupant, true, Optional.empty());
  }

  private Started startActive(Optional<ProblemException> before) {
    SlotState state = state();
    SlotName active =
        state
            .active()
            .orElseThrow(
                () -> before.orElseGet(() -> SlotError.NOTHING_TO_START.at(storage.path(""), "")));
    Optional<Problem> given = before.map(ProblemException::problem);
    try {
      Occupant occupant = good(state, active);
      TrustVersions versions = check(active, occupant);
      raise(occupant, versions);
      return new Started(active, occupant, false, given);
    } catch (ProblemException e) {
      SlotName other = active.other();
      if (state.slot(other).filter(slot -> slot.is(Standing.GOOD)).isEmpty()) {
        throw e;
      }
      Occupant occupant = good(state, other);
      check(other, occupant);
      // What is installed next goes into the slot that is not active, which must not be this one.
      state.activating(other).write(storage);
      return new Started(other, occupant, false, Optional.of(e.problem()));
    }
  }

  private static Occupant good(SlotState state, SlotName slot) {
    return state
        .slot(slot)
        .filter(occupant -> occupant.is(Standing.GOOD))
        .orElseThrow(() -> SlotError.NO_OTHER_IMAGE.at("", "", slot.text()));
  }

  /**
   * All that has to be true of an image before it runs.
   *
   * @return the version of the trust root that bears it out
   */
  private TrustVersions check(SlotName slot, Occupant occupant) {
    try (ImageFile image = ImageFile.open(storage.path(slot.file()))) {
      if (!image.imageId().equals(occupant.imageId())) {
        throw SlotError.SLOT_DIFFERS.at(image.path(), "", image.imageId(), occupant.imageId());
      }
      TrustVersions versions = device.trust().apply(image.signedManifest()).ofRoot();
      rollback().check(image.path().toString(), image.manifest());
      rollback().check(image.path().toString(), versions);
      image.verifyIntegrity(image.manifest().sections(), device.work(), device.progress());
      device.selfTest().run(image);
      return versions;
    }
  }

  /**
   * Makes the image on trial the active one, then raises the rollback index to its own, and the
   * version of the trust root to that which bore it out when it was started. Called again after a
   * power cut it finishes that.
   *
   * @throws ProblemException with {@link SlotError#NOT_ANSWERED} if it has not given its known
   *     answers, or {@link SlotError#NOTHING_ON_TRIAL}
   */
  public SlotName markGood() {
    SlotState state = state();
    Optional<SlotName> trial = state.trial();
    if (trial.isEmpty()) {
      return settled(state);
    }
    SlotName slot = trial.get();
    Occupant occupant = state.slot(slot).orElseThrow();
    if (!occupant.answered()) {
      throw SlotError.NOT_ANSWERED.at(storage.path(slot.file()), "", slot.text());
    }
    state.with(slot, occupant.foundGood()).activating(slot).write(storage);
    raise(occupant, TrustVersions.NONE);
    return slot;
  }

  private SlotName settled(SlotState state) {
    Supplier<ProblemException> nothing =
        () -> SlotError.NOTHING_ON_TRIAL.at(storage.path(SlotState.FILE), "");
    SlotName active = state.active().orElseThrow(nothing);
    Occupant occupant = state.slot(active).orElseThrow(nothing);
    if (raised(occupant, TrustVersions.NONE).equals(rollback())) {
      throw nothing.get();
    }
    raise(occupant, TrustVersions.NONE);
    return active;
  }

  /**
   * Rejects the image on trial; if none is, goes back to the other good image.
   *
   * @return the slot that starts now; empty if what was rejected was the first image
   * @throws ProblemException with {@link SlotError#NO_OTHER_IMAGE} if there is none, with a {@link
   *     RollbackError} if it is too old by now
   */
  public Optional<SlotName> fallBack() {
    SlotState state = state();
    Optional<SlotName> trial = state.trial();
    if (trial.isPresent()) {
      SlotName rejected = trial.get();
      Occupant occupant = state.slot(rejected).orElseThrow();
      state.with(rejected, occupant.givenUp()).write(storage);
      return state.active();
    }
    SlotName other = state.active().map(SlotName::other).orElse(SlotName.A);
    Occupant occupant = good(state, other);
    check(other, occupant);
    state.activating(other).write(storage);
    return Optional.of(other);
  }

  private void raise(Occupant occupant, TrustVersions now) {
    write(raised(occupant, now));
  }

  private RollbackState raised(Occupant occupant, TrustVersions now) {
    return rollback()
        .raised(occupant.rollback())
        .raised(new TrustVersions(occupant.root(), "", 0))
        .raised(now);
  }

  private void write(RollbackState after) {
    if (!after.equals(rollback())) {
      after.write(storage, ROLLBACK_FILE);
    }
  }
}
