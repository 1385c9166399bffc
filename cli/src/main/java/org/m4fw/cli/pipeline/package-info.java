/**
 * The stages of a build in their order, their cache, and what a build leaves behind. Each stage is
 * one call of a library; nothing here prints.
 */
@NullMarked
package org.m4fw.cli.pipeline;

import org.jspecify.annotations.NullMarked;
