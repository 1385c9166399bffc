package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.key.Passphrase;

/**
 * How a recipe is to be built.
 *
 * @param out where image and reports go
 * @param locked refuse inputs that are not those of the lock file
 * @param requireLicences refuse inputs without a stated licence
 * @param key the identity that signs instead of the recipe's
 * @param passphrase of that identity, or of the recipe's
 * @param created seconds since 1970, if the image shall say so
 */
public record BuildRequest(
    Path recipe,
    Path out,
    CacheDirectory cache,
    ConfigurationDirectory configuration,
    boolean locked,
    boolean requireLicences,
    Optional<Path> key,
    Passphrase.Source passphrase,
    OptionalLong created) {}
