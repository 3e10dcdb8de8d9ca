resource "aws_vpc_security_group_ingress_rule" "app" {
  security_group_id = "sg-0a1b2c3d"
  cidr_ipv4         = "10.0.0.0/8"
  from_port         = 8000
  to_port           = 8100
  ip_protocol       = "tcp"
}
