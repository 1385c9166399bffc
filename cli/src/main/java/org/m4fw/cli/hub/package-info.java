/**
 * Downloads from a model hub: its answers, which files of a repository are needed, and transfers
 * that go on where they stopped. The only place that uses the network. Knows nothing of models but
 * the names of their files.
 */
@NullMarked
package org.m4fw.cli.hub;

import org.jspecify.annotations.NullMarked;
