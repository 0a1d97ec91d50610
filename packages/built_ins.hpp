// What is done in place of maintainer scripts, and what an image needs beyond packages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/file_tree.hpp"

namespace whittle::packages {

struct UnpackedPackage;

struct BuiltIn {
  std::string_view name;
  std::string_view what;
  std::string_view package;  // that brings it along; "" for those that are only asked for
};

//   accounts      /etc/passwd, /etc/group, /home/nonroot; with base-passwd
//   certificates  /etc/ssl/certs/ca-certificates.crt; with ca-certificates
//   folders       /run, /tmp, /var/run, /var/tmp, /root; with base-files
//   hosts         /etc/nsswitch.conf: names from files, then from DNS; asked for
//   shell         /busybox; asked for
//   time-zone     /etc/localtime and /etc/timezone: UTC; with tzdata
// There is no cache of ldconfig: the loader finds libraries in its default folders.
std::span<const BuiltIn> built_ins();

// Does those asked for and those that packages bring; a path that a package has stays as it is. Returns a
// line for each that was done. Error(spec) for a name that is none.
std::vector<std::string> add_built_ins(layers::FileTree& tree, const std::vector<UnpackedPackage>& packages,
                                       const std::vector<std::string>& wanted);

}  // namespace whittle::packages
