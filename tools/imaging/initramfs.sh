# SPDX-License-Identifier: MIT
# Part of tools/image: the first file system, from files of $work/root.
#
#   make_initramfs    $work/initrd.img: rootfs/initramfs/init, busybox, dmsetup, e2fsck, mke2fs with their libraries,
#                     and the kernel modules of [initramfs] in rootfs/modules.txt

# copy_program PATH: into the first file system, with the libraries that it is linked with.
copy_program() {
  local file=$1 library
  [[ ! -e $first/$file ]] || return 0
  mkdir -p "$first/$(dirname "$file")"
  cp -L "$root/$file" "$first/$file"
  while read -r library; do
    library=$(cd "$root" && find usr/lib usr/lib64 -name "$library" | sort | head -n 1)
    [[ -z $library ]] || copy_program "$library"
  done < <(readelf -d "$root/$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}

copy_modules() {
  local name
  {
    named_modules initramfs
    board_list storage
    board_list watchdog
    board_list own   # a watchdog may be a part of what they drive
  } | sort -u | while read -r name; do
    modprobe -d "$root" -S "$kernel" --show-depends "$name" 2>/dev/null
  done | sed -n "s,^insmod .*/\(lib/modules/[^ ]*\).*,\1,p" | sort -u | while read -r name; do
    mkdir -p "$first/usr/$(dirname "$name")"
    cp "$root/usr/$name" "$first/usr/$name"
  done
  cp "$root/usr/lib/modules/$kernel"/modules.{builtin,order} "$root/usr/lib/modules/$kernel/modules.builtin.modinfo" \
    "$first/usr/lib/modules/$kernel/"
  depmod -b "$first" "$kernel"
  # Not found by a bus: file systems and the like.
  echo squashfs ext4 dm_verity crc32c_generic >"$first/modules-always"
  # Two minutes until systemd feeds it; the drivers' own names for that.
  mkdir -p "$first/etc/modprobe.d"
  board_list watchdog | tee "$first/modules-watchdog" | sed 's/.*/options & heartbeat=120/' >"$first/etc/modprobe.d/watchdog.conf"
}

make_initramfs() {
  local root=$work/root first=$work/initramfs
  mkdir -p "$first"/usr/{bin,lib,lib64} "$first/new"
  ln -s usr/bin usr/lib usr/lib64 "$first/"
  ln -s usr/bin "$first/sbin"
  ln -s bin "$first/usr/sbin"
  copy_program usr/lib64/ld-linux-x86-64.so.2
  copy_program usr/bin/busybox
  local program
  for program in dmsetup e2fsck mke2fs; do
    copy_program "usr/sbin/$program"
    mv "$first/usr/sbin/$program" "$first/usr/bin/$program" 2>/dev/null || true
  done
  mkdir -p "$first/etc"
  cp "$root/etc/mke2fs.conf" "$first/etc/"
  # The clock is set by what lies on the file system that is checked: its times may be ahead.
  printf '[options]\nbroken_system_clock = 1\n' >"$first/etc/e2fsck.conf"
  copy_modules
  install -m755 rootfs/initramfs/init "$first/init"
  ldconfig -r "$first"
  rm -rf "$first/var"
  find "$first" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$first" && find . -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --reproducible --quiet) |
    zstd -q "-$([[ $quick ]] && echo 3 || echo 19)" -T1 >"$work/initrd.img" 2>/dev/null ||
    { echo "tools/image: the first file system cannot be packed" >&2; exit 1; }
}
