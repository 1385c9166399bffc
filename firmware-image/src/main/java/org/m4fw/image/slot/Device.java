package org.m4fw.image.slot;

import java.util.function.Function;
import org.m4fw.base.file.Storage;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.SignedManifest;

/**
 * What a device brings along.
 *
 * @param trust throws if the signatures of an image do not count; says what they were verified
 *     against
 * @param checkpoint how many bytes of an installation may have to be done again
 */
public record Device(
    Storage storage,
    Function<SignedManifest, TrustVersions> trust,
    SelfTest selfTest,
    long checkpoint,
    OrderedWork work,
    Progress progress) {}
