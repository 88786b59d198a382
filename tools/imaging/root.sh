# SPDX-License-Identifier: MIT
# Part of tools/image: the root file system as a folder.
#
#   make_root    $work/root from the packages, rootfs/overlay, units, boards and our programs; $kernel is the kernel's
#                release. Fails if a program needs a library that is not there, if no reason is given for a kernel
#                module, or if a program would run with other rights than who starts it.
#   named_modules initramfs|root    those that rootfs/modules.txt has for it

# rootfs/licences.txt, or what the copyright file of a package says where it speaks to programs.
licences_of() {
  local name=$1 copyright=$2 found
  found=$(sed -n "s/^$name //p" rootfs/licences.txt)
  [[ $found ]] ||
    found=$(sed -n 's/^License: *\([^ ].*\)/\1/p' "$copyright" 2>/dev/null | sort -u | paste -sd, || true)
  [[ $found ]] || { echo "tools/image: rootfs/licences.txt should have the licence of $name" >&2; return 1; }
  echo "$found"
}

# Licences before the documentation goes: one list, and the texts; also of what is on the disk beside the slots.
write_contents() {
  local root=$1 texts=$1/usr/share/junctor/licences name version hash file size licences copyright
  mkdir -p "$texts"
  printf '%-28s %-34s %9s  %-64s  %s\n' package version 'size kB' sha256 licences >"$out/contents.txt"
  while read -r name version hash file; do
    size=$(dpkg-deb --field "$file" Installed-Size)
    copyright=$root/usr/share/doc/$name/copyright
    [[ -e $copyright ]] || copyright=$work/disk/usr/share/doc/$name/copyright
    licences=$(licences_of "$name" "$copyright")
    printf '%-28s %-34s %9s  %-64s  %s\n' "$name" "$version" "$size" "$hash" "$licences" >>"$out/contents.txt"
    cp -L "$copyright" "$texts/$name"
  done <"$work/packages"
}

drop() {
  local root=$1 pattern
  (
    cd "$root"
    shopt -s nullglob globstar
    grep -v '^#' "$tree/rootfs/drop.txt" | tr -s ' ' '\n' | while read -r pattern; do
      [[ -z $pattern ]] || rm -rf -- $pattern
    done
  )
}

named_modules() {
  local name why
  sed -n "/^\[$1\]/,/^\[/p" rootfs/modules.txt | grep -v '^[#[]' | while read -r name why; do
    [[ $why ]] || { echo "tools/image: rootfs/modules.txt does not say what $name is for" >&2; exit 1; }
    echo "$name"
  done
}

# Only the kernel modules that are named, with what they depend on.
keep_modules() {
  local root=$1 modules=$1/usr/lib/modules/$kernel keep=$work/modules name
  depmod -b "$root" "$kernel"
  { named_modules initramfs && named_modules root && board_list modules; } | sort -u >"$work/named-modules"
  while read -r name; do
    modprobe -d "$root" -S "$kernel" --show-depends "$name" 2>/dev/null ||
      { echo "tools/image: the kernel has no module $name" >&2; exit 1; }
  done <"$work/named-modules" | sed -n "s,^insmod .*/lib/modules/$kernel/\([^ ]*\).*,\1,p" | sort -u >"$keep"
  mkdir "$work/kept"
  (cd "$modules" && cp --parents -t "$work/kept" modules.builtin modules.builtin.modinfo modules.order $(cat "$keep"))
  rm -rf "$modules"
  mv "$work/kept" "$modules"
  depmod -b "$root" "$kernel"
}

# Root is who mounts; nobody becomes somebody else by starting a program. File capabilities are no matter: neither tar
# nor mksquashfs takes extended attributes.
drop_rights() { find "$1" ! -type l -perm /6000 -exec chmod ug-s {} +; }

check_rights() {
  local found
  found=$(find "$1" ! -type l -perm /6000 -printf '/%P ')
  [[ ! $found ]] || { echo "tools/image: these have setuid or setgid: $found" >&2; exit 1; }
}

install_ours() {
  local root=$1
  DESTDIR=$root cmake --install "$programs" --prefix /usr --component product --strip >"$work/install.log"
  # Modes as git knows them, whatever the umask was when they were checked out.
  (cd rootfs/overlay && tar -c --mode=u=rwX,go=rX .) | tar -x -C "$root" --no-same-owner --keep-directory-symlink
  install -Dm644 -t "$root/usr/lib/systemd/system" rootfs/units/*.service rootfs/units/*.path \
    rootfs/units/*.timer rootfs/units/*.slice
  install -Dm644 rootfs/units/junctor.tmpfiles "$root/usr/lib/tmpfiles.d/junctor.conf"
  install -Dm755 -t "$root/usr/lib/junctor" rootfs/units/{apply-system,apply-ssh,prepare-config,grow-data} \
    rootfs/upgrade/{slots,pre-install,usb-file,end-trial}
  install -Dm755 rootfs/units/console-generator "$root/usr/lib/systemd/system-generators/junctor-console-generator"
  install -Dm644 -t "$root/usr/share/junctor/handbook" rootfs/handbook/*.md
  install -Dm644 -t "$root/usr/share/junctor/factory" rootfs/factory/*.json
  install -Dm644 -t "$root/usr/share/junctor/grafana" rootfs/grafana/*
  mkdir -p "$root/usr/share/junctor/boards"
  local board
  for board in "${boards[@]}"; do
    install -Dm644 "$board/board.json" "$root/usr/share/junctor/boards/$(basename "$board")/board.json"
  done
}

write_release() {
  local root=$1
  rm -f "$root/etc/os-release"
  cat >"$root/usr/lib/os-release" <<EOF
NAME=Junctor
ID=junctor
PRETTY_NAME="Junctor $version"
VERSION_ID=$version
BUILD_ID=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)
EOF
  ln -s ../usr/lib/os-release "$root/etc/os-release"
  printf 'Junctor %s\n' "$version" >"$root/etc/issue"
  : >"$root/usr/lib/clock-epoch"  # its date is the earliest that the clock may show
}

# What the scripts of the packages would have done, as far as it is of use here.
settle() {
  local root=$1 tool
  for tool in $("$root/bin/busybox" --list); do
    [[ -e $root/usr/bin/$tool || -e $root/usr/sbin/$tool ]] || ln -s busybox "$root/usr/bin/$tool"
  done
  mkdir -p "$root/etc/ssl/certs"
  (cd "$root/usr/share/ca-certificates/mozilla" && cat -- *.crt) >"$root/etc/ssl/certs/ca-certificates.crt"
  mkdir -p "$root"/var/lib/{junctor/config,systemd} "$root"/var/log/journal "$root"/var/{tmp,cache,spool} "$root/etc/rauc"
  # Users that log in by SSH (apply-ssh).
  rm -rf "$root/var/lib/extrausers"
  ln -s /run/junctor-ssh "$root/var/lib/extrausers"
  rm -rf "$root/var/run" "$root/var/lock"
  ln -s /run "$root/var/run"
  ln -s /run/lock "$root/var/lock"
  : >"$root/etc/machine-id"
  ln -sfn /run/resolv.conf "$root/etc/resolv.conf"
  ln -sfn /proc/self/mounts "$root/etc/mtab"
  rm -rf "$root"/var/tmp
  ln -s /tmp "$root/var/tmp"
  enable_units "$root"
  ldconfig -r "$root"
  rm -rf "$root/var/cache/ldconfig"
}

enable_units() {
  local wants=$1/etc/systemd/system unit target
  rm -rf "$1"/usr/lib/systemd/system/*.target.wants "$wants"/*.target.wants
  mkdir -p "$wants"
  ln -sfn /usr/lib/systemd/system/multi-user.target "$wants/default.target"
  while read -r unit target; do
    [[ -e $1/usr/lib/systemd/system/${unit/@*./@.} ]] || { echo "tools/image: there is no unit $unit" >&2; exit 1; }
    mkdir -p "$wants/$target.wants"
    ln -sfn "/usr/lib/systemd/system/${unit/@*./@.}" "$wants/$target.wants/$unit"
  done < <(grep -v '^#' rootfs/units.txt)
}

# Each program and library finds what it is linked with.
check_libraries() {
  local root=$1 file missing=0 have
  have=$(find "$root/usr/lib" -name '*.so*' -printf '%f\n' | sort -u)
  while read -r file; do
    { readelf -d "$file" 2>/dev/null || true; } | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
  done < <(find "$root/usr" -type f \( -perm /111 -o -name '*.so*' \) ! -path '*/modules/*') | sort -u >"$work/needed"
  while read -r file; do
    grep -qxF "$file" <<<"$have" && continue
    echo "tools/image: nothing in the image has $file, which is needed by:" \
      "$(grep -lrF "$file" "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" 2>/dev/null | head -n 3 | sed "s,$root,," | paste -sd' ')" >&2
    missing=1
  done <"$work/needed"
  ((!missing)) || exit 1
}

# Who asks the bus for a service whose program was taken out waits for it in vain: systemctl(1) did so for systemd-logind
# before each restart, for 50 s.
check_bus() {
  local root=$1 file unit program
  for file in "$root"/usr/share/dbus-1/system-services/*.service; do
    unit=$root/usr/lib/systemd/system/$(sed -n 's/^SystemdService=//p' "$file")
    [[ -f $unit ]] || continue
    program=$(sed -n 's/^ExecStart=[-+!@]*\([^ ]*\).*/\1/p' "$unit" | head -n 1)
    [[ -e $root$program ]] && continue
    echo "tools/image: the bus offers $(basename "$file" .service), and $program is not in the image" >&2
    exit 1
  done
}

# Nobody may take such an image for a release: os-release says so, and the console before each login.
no_release() {  # no_release ROOT REASON
  say "NOT A RELEASE: $2"
  sed -i '/^VARIANT=/d' "$1/usr/lib/os-release"
  printf 'VARIANT="not a release: %s"\n' "$2" >>"$1/usr/lib/os-release"
  printf 'NOT A RELEASE: %s\n' "$2" >>"$1/etc/issue"
}

lay_over() {
  (cd "$overlay" && tar -c --mode=u=rwX,go=rX .) | tar -x -C "$1" --no-same-owner --keep-directory-symlink
  no_release "$1" 'changed for tests'
}

make_root() {
  local root=$work/root
  unpack root "$root"
  mkdir -p "$root"/{dev,proc,sys,run,tmp,data,etc,root,boot,mnt}
  unpack disk "$work/disk"
  kernel=$(basename "$root"/usr/lib/modules/*)
  write_contents "$root"
  drop "$root"
  drop_rights "$root"
  keep_modules "$root"
  install_ours "$root"
  write_release "$root"
  install -Dm644 "$keyring" "$root/etc/rauc/keyring.pem"
  settle "$root"
  check_libraries "$root"
  check_bus "$root"
  [[ $keys ]] || no_release "$root" 'development keys'
  [[ ! $overlay ]] || lay_over "$root"
  check_rights "$root"
  # When a file was checked out or built says nothing.
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
