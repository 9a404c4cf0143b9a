# image.pl NX NY START_EV STEP_EV FILE - a spectrum image as DigitalMicrograph 3 has them; lines "x y value value ..." on
# standard input, the pixels in any order
use strict;
use warnings;

my ($n_x, $n_y, $start_eV, $step_eV, $path) = @ARGV;
my (@pixel, $n_energy);
while (<STDIN>) {
  my ($x, $y, @value) = split;
  $pixel[$y][$x] = \@value;
  $n_energy = @value;
}
my $data = '';
for my $k (0 .. $n_energy - 1) {
  for my $y (0 .. $n_y - 1) {
    $data .= pack('f<', $pixel[$y][$_][$k]) for 0 .. $n_x - 1;
  }
}
sub value  { my ($name, $info, $bytes) = @_; return pack('Cn/a', 21, $name) . '%%%%' . pack('N*', scalar @$info, @$info) . $bytes; }
sub folder { my ($name, @tag) = @_; return pack('Cn/a', 20, $name) . pack('CCN', 0, 0, scalar @tag) . join '', @tag; }
sub text   { my ($name, $text) = @_; return value($name, [20, 4, length $text], pack('v*', map { ord } split //, $text)); }
sub axis   { my ($origin, $scale, $unit) = @_;
  return folder('', value('Origin', [6], pack('f<', $origin)), value('Scale', [6], pack('f<', $scale)), text('Units', $unit)); }
my $image = folder('', folder('ImageData',
  folder('Calibrations', folder('Dimension', axis(0, 1, 'nm'), axis(0, 1, 'nm'), axis(-$start_eV / $step_eV, $step_eV, 'eV'))),
  value('Data', [20, 6, $n_x * $n_y * $n_energy], $data),
  folder('Dimensions', map { value('', [5], pack('V', $_)) } $n_x, $n_y, $n_energy)), text('Name', 'map'));
my $root = pack('CCN', 0, 0, 1) . folder('ImageList', $image);
open my $out, '>:raw', $path or die "$path: $!\n";
print $out pack('NNN', 3, length $root, 1), $root, pack('N2', 0, 0);
close $out or die "$path: $!\n";
