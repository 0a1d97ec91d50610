#include "running/refused_calls.hpp"

#include <map>
#include <string_view>

namespace whittle::running {
namespace {

// Every way of calling that a kernel of the architecture has: a list for one alone is passed by with another.
Json architectures_of(const std::string& architecture) {
  static const std::map<std::string_view, Json> known = {
      {"amd64", {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}},
      {"386", {"SCMP_ARCH_X86"}},
      {"arm64", {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}},
      {"arm", {"SCMP_ARCH_ARM"}},
      {"ppc64le", {"SCMP_ARCH_PPC64LE"}},
      {"riscv64", {"SCMP_ARCH_RISCV64"}},
      {"s390x", {"SCMP_ARCH_S390X", "SCMP_ARCH_S390"}},
  };
  const auto found = known.find(architecture);
  return found == known.end() ? Json::array() : found->second;
}

}  // namespace

Json refused_calls(const std::string& architecture) {
  Json result = {{"defaultAction", "SCMP_ACT_ALLOW"},
                 {"syscalls", Json::array({{{"action", "SCMP_ACT_ERRNO"},
                                            {"errnoRet", 1},
                                            {"names",
                                             {"acct",
                                              "add_key",
                                              "bpf",
                                              "clock_adjtime",
                                              "clock_settime",
                                              "create_module",
                                              "delete_module",
                                              "finit_module",
                                              "fsconfig",
                                              "fsmount",
                                              "fsopen",
                                              "fspick",
                                              "get_kernel_syms",
                                              "init_module",
                                              "io_uring_enter",
                                              "io_uring_register",
                                              "io_uring_setup",
                                              "ioperm",
                                              "iopl",
                                              "kcmp",
                                              "kexec_file_load",
                                              "kexec_load",
                                              "keyctl",
                                              "lookup_dcookie",
                                              "mount",
                                              "mount_setattr",
                                              "move_mount",
                                              "nfsservctl",
                                              "open_by_handle_at",
                                              "open_tree",
                                              "perf_event_open",
                                              "personality",
                                              "pivot_root",
                                              "process_vm_readv",
                                              "process_vm_writev",
                                              "ptrace",
                                              "query_module",
                                              "quotactl",
                                              "quotactl_fd",
                                              "reboot",
                                              "request_key",
                                              "setns",
                                              "settimeofday",
                                              "stime",
                                              "swapoff",
                                              "swapon",
                                              "sysfs",
                                              "umount",
                                              "umount2",
                                              "unshare",
                                              "uselib",
                                              "userfaultfd",
                                              "vm86",
                                              "vm86old"}}}})}};
  if (const auto architectures = architectures_of(architecture); !architectures.empty())
    result["architectures"] = architectures;
  return result;
}

}  // namespace whittle::running
