/**
 * Models made ready to run on this machine, from checkpoints, compiled directories or images. The
 * commands that run, generate and evaluate share it.
 */
@NullMarked
package org.m4fw.cli.model;

import org.jspecify.annotations.NullMarked;
